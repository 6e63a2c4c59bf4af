import { describe, expect, it, vi } from 'vitest';
import { fetchSource as fetchFrom } from './source-url.ts';

const deadline = new AbortController().signal;
const fetchSource = (url: string, send: (url: URL) => Promise<Response>, limit = 100) =>
  fetchFrom(url, { send, limit, deadline });
const redirect = (location: string) => new Response(null, { status: 302, headers: { location } });

describe('fetchSource', () => {
  it('fetches from a public host', async () => {
    const headers = { 'content-type': 'image/png' };
    const send = vi.fn(async () => new Response('pixels', { headers }));
    const { bytes, declared } = await fetchSource('https://example.org/a.png', send);
    expect(new TextDecoder().decode(bytes)).toBe('pixels');
    expect(declared).toBe('image/png');
  });

  it.each([
    'https://8.8.8.8/a',
    'https://172.32.0.1/a',
    'https://[2606:4700::1111]/a',
    'https://ec2-8-8-8-8.compute.example.org/a',
    'https://slides-2024-10-12-1.example.org/a',
  ])('takes the public address %s', async (url) => {
    const { bytes } = await fetchSource(url, async () => new Response('ok'));
    expect(bytes).toHaveLength(2);
  });

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
    'https://127.0.0.1.nip.io/a',
    'https://app-10-0-0-1.sslip.io/a',
    'https://169.254.169.254.xip.example/a',
    'https://www.localtest.me/a',
    'https://0177.0.0.1/a',
    'https://0x7f000001/a',
    'https://127.0.0.1./a',
    'https://１２７.0.0.1/a',
    'https://[::ffff:a9fe:a9fe]/a',
    'https://[fe80::1%25eth0]/a',
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

  it('takes no more than it may, and waits no longer', async () => {
    const long = async () => new Response(new Uint8Array(101));
    await expect(fetchSource('https://example.org/a', long)).rejects.toMatchObject({
      code: 'BODY_TOO_LARGE',
    });
    const never = async () => new Response(new ReadableStream());
    const network = { send: never, limit: 100, deadline: AbortSignal.timeout(20) };
    await expect(fetchFrom('https://example.org/a', network)).rejects.toMatchObject({
      code: 'SOURCE_UNREACHABLE',
      message: expect.stringContaining('in time'),
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
