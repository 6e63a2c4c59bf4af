import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serveLoopback } from '../../../test/support/loopback.ts';
import { Outbound } from './outbound.ts';

type Server = Awaited<ReturnType<typeof serveLoopback>>;
const signal = AbortSignal.timeout(30_000);
const forbidden = { code: 'SOURCE_FORBIDDEN' };

let trusted: Server;
let other: Server;
let reached = 0;
beforeAll(async () => {
  other = await serveLoopback((_, response) => {
    reached++;
    response.end('secret');
  });
  trusted = await serveLoopback((request, response) => {
    const targets: Record<string, string> = {
      '/private': 'https://10.0.0.1/slide.svs',
      '/metadata': 'http://169.254.169.254/latest/meta-data/',
      '/other': `${other.url}/secret`,
      '/name': 'https://localhost/secret',
      '/relative': '/slide',
      '/loop': '/loop',
    };
    const target = targets[request.url!];
    if (target) response.writeHead(302, { location: target }).end();
    else response.end(`range ${request.headers.range ?? 'none'}`);
  });
});
afterAll(async () => {
  await trusted.close();
  await other.close();
});

describe('requests to addresses of callers', () => {
  it('go to trusted hosts, with their redirects', async () => {
    const outbound = new Outbound({ trusted: [trusted.host] });
    const response = await outbound.request(`${trusted.url}/relative`, {
      headers: { range: 'bytes=0-3' },
      signal,
    });
    expect([response.status, await response.text()]).toEqual([200, 'range bytes=0-3']);
    await outbound.close();
  });

  it('go below a root that is trusted, and nowhere else on its host', async () => {
    const outbound = new Outbound({ trusted: [`${trusted.url}/dicom-web/`] });
    for (const path of ['/dicom-web', '/dicom-web/studies', '/dicom-web/a/../studies?limit=1']) {
      expect((await outbound.request(`${trusted.url}${path}`, { signal })).status).toBe(200);
    }
    for (const path of [
      '/',
      '/system',
      '/dicom-web-admin',
      '/dicom-web/../system',
      '/dicom-web/%2e%2e/system',
      '/dicom-web/..%2fsystem',
      '/dicom-web/%5c..%5csystem',
    ]) {
      await expect(outbound.request(`${trusted.url}${path}`, { signal })).rejects.toMatchObject({
        code: 'SOURCE_FORBIDDEN',
      });
    }
    await outbound.close();
  });

  it.each([
    'http://example.org/a.svs',
    'https://127.0.0.1/',
    'https://localhost/',
    'https://[::1]/',
    'https://[::ffff:10.0.0.1]/',
    'https://169.254.169.254/latest/',
    'https://0x7f.1/',
    'https://user:secret@example.org/',
    'https://example.org:8443/',
    'file:///etc/passwd',
    'ftp://example.org/',
    'not a url',
  ])('never go to %s', async (address) => {
    const outbound = new Outbound({ trusted: [trusted.host] });
    await expect(outbound.request(address, { signal })).rejects.toMatchObject(forbidden);
    await outbound.close();
  });

  it.each(['private', 'metadata', 'other', 'name'])(
    'do not follow a redirect to a %s address',
    async (path) => {
      const outbound = new Outbound({ trusted: [trusted.host] });
      const asking = outbound.request(`${trusted.url}/${path}`, { signal });
      await expect(asking).rejects.toMatchObject(forbidden);
      expect(reached).toBe(0);
      await outbound.close();
    },
  );

  it.each([['127.0.0.1'], ['10.1.2.3'], ['::1'], ['fd00::1'], ['::ffff:192.168.0.1']])(
    'refuse a public name that leads to %s, though another address of it is public',
    async (address) => {
      const outbound = new Outbound({
        trusted: [],
        resolve: async () => [
          { address: '93.184.215.14', family: 4 },
          { address, family: address.includes(':') ? 6 : 4 },
        ],
      });
      const asking = outbound.request('https://slides.example.org/a.svs', { signal });
      await expect(asking).rejects.toMatchObject(forbidden);
      await outbound.close();
    },
  );

  it('resolve a name once for its check and its connection', async () => {
    let asked = 0;
    // A name that is public when it is checked and private afterwards.
    const outbound = new Outbound({
      trusted: [],
      resolve: async () => [
        asked++ === 0
          ? // TEST-NET-3 counts as not public, so a public address that nobody answers at is needed.
            { address: '240.0.0.1', family: 4 }
          : { address: '127.0.0.1', family: 4 },
      ],
    });
    const asking = outbound.request('https://slides.example.org/', { signal });
    await expect(asking).rejects.toMatchObject(forbidden);
    expect(asked).toBe(1);
    await outbound.close();
  });

  it('end when a server redirects for ever, or nobody is there', async () => {
    const outbound = new Outbound({ trusted: [trusted.host, '127.0.0.1:1'] });
    const unreachable = { code: 'SOURCE_UNREACHABLE' };
    await expect(outbound.request(`${trusted.url}/loop`, { signal })).rejects.toMatchObject(
      unreachable,
    );
    await expect(outbound.request('http://127.0.0.1:1/', { signal })).rejects.toMatchObject(
      unreachable,
    );
    await outbound.close();
  });

  it('carry credentials to the first host alone', async () => {
    const seen: (string | undefined)[] = [];
    const last = await serveLoopback(({ headers }, response) => {
      seen.push(headers.authorization);
      response.end();
    });
    const first = await serveLoopback(({ headers, url }, response) => {
      seen.push(headers.authorization);
      const location = url === '/1' ? '/2' : last.url;
      response.writeHead(302, { location }).end();
    });
    const outbound = new Outbound({ trusted: [first.host, last.host] });
    await outbound.request(`${first.url}/1`, { headers: { Authorization: 'Bearer x' }, signal });
    expect(seen).toEqual(['Bearer x', 'Bearer x', undefined]);
    await outbound.close();
    await first.close();
    await last.close();
  });

  it('do not follow redirects with a body', async () => {
    const outbound = new Outbound({ trusted: [trusted.host, other.host] });
    const response = await outbound.request(`${trusted.url}/other`, {
      method: 'POST',
      body: '{}',
      signal,
    });
    expect([response.status, reached]).toEqual([302, 0]);
    await outbound.close();
  });
});
