import { describe, expect, it, vi } from 'vitest';
import { fetchSource } from './source-url.ts';

const redirect = (location: string) => new Response(null, { status: 302, headers: { location } });

describe('fetchSource', () => {
  it('fetches from a public host', async () => {
    const send = vi.fn(async () => new Response('pixels'));
    expect(await (await fetchSource('https://example.org/a.png', send)).text()).toBe('pixels');
  });

  it.each(['https://8.8.8.8/a', 'https://172.32.0.1/a', 'https://[2606:4700::1111]/a'])(
    'takes the public address %s',
    async (url) => {
      expect((await fetchSource(url, async () => new Response('ok'))).ok).toBe(true);
    },
  );

  it.each([
    'https://172.31.255.255/a',
    'https://100.64.0.1/a',
    'https://192.168.0.1/a',
    'https://0.0.0.0/a',
    'https://224.0.0.1/a',
    'https://255.255.255.255/a',
    'https://017700000001/a',
    'https://127.1/a',
    'https://[::]/a',
    'https://[::7f00:1]/a',
    'https://[64:ff9b::7f00:1]/a',
    'https://[2002:7f00:1::]/a',
    'https://[2001:db8::1]/a',
    'https://LOCALHOST./a',
    'https://a.b.internal/a',
  ])('never asks %s', async (url) => {
    const send = vi.fn(async () => new Response('secret'));
    await expect(fetchSource(url, send)).rejects.toMatchObject({ code: 'SOURCE_FORBIDDEN' });
    expect(send).not.toHaveBeenCalled();
  });

  it.each([
    'https://127.0.0.1/a',
    'http://example.org/a',
    '//169.254.169.254/a',
    'file:///etc/passwd',
  ])('does not follow a redirect to %s', async (location) => {
    const send = vi.fn(async () => redirect(location));
    await expect(fetchSource('https://example.org/a', send)).rejects.toMatchObject({
      code: 'SOURCE_FORBIDDEN',
    });
    expect(send).toHaveBeenCalledTimes(1);
  });

  it('follows relative redirects, a few', async () => {
    const asked: string[] = [];
    const send = async (url: URL) => {
      asked.push(url.href);
      return asked.length < 3 ? redirect(`/b${asked.length}`) : new Response('ok');
    };
    await fetchSource('https://example.org/a', send);
    expect(asked.at(-1)).toBe('https://example.org/b2');
    await expect(
      fetchSource('https://example.org/a', async () => redirect('/a')),
    ).rejects.toMatchObject({
      code: 'SOURCE_UNREACHABLE',
      message: expect.stringMatching(/3 times/),
    });
  });

  it.each([
    ['answers 404', async () => new Response('', { status: 404 })],
    ['breaks', async () => Promise.reject(new Error('reset'))],
  ])('says so when the host %s', async (_what, send) => {
    await expect(fetchSource('https://example.org/a', send)).rejects.toMatchObject({
      code: 'SOURCE_UNREACHABLE',
      message: expect.stringContaining('example.org'),
    });
  });
});
