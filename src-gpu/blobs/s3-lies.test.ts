/** An object store that fails, or answers what is not so: nothing that it did not keep counts as kept. */
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { listedKeys } from '../../test/conformance/blob-store.ts';
import {
  type Alter,
  type AlteringProxy,
  startAlteringProxy,
} from '../../test/support/altering-proxy.ts';
import { type S3Server, startS3 } from '../../test/support/s3-server.ts';
import { tempFolder } from '../../test/support/temp-folder.ts';
import type { BlobStore } from './blob-store.ts';
import { openS3BlobStore } from './s3-blob-store.ts';

const folder = tempFolder();
let server: S3Server;
let proxy: AlteringProxy;
let store: BlobStore;
beforeAll(async () => {
  server = await startS3(folder);
  const { origin, pathname } = new URL(server.endpoint);
  proxy = await startAlteringProxy(origin);
  const endpoint = `${proxy.origin}${pathname}`;
  store = await openS3BlobStore({ ...server, endpoint, cacheFolder: join(folder, 'cache') });
});
afterEach(() => {
  proxy.alter = () => undefined;
});
afterAll(async () => {
  await proxy?.close();
  await server?.close();
});

const small = new Uint8Array([1, 2, 3]);
/** More than a part, so it goes as a multipart upload. */
const large = new Uint8Array(17 * 2 ** 20).fill(7);
const error = (code: string) => `<?xml version="1.0"?><Error><Code>${code}</Code></Error>`;
const isStart = (method: string, url: URL) => method === 'POST' && url.searchParams.has('uploads');
const isPart = (method: string, url: URL) => method === 'PUT' && url.searchParams.has('partNumber');
const isEnd = (method: string, url: URL) => method === 'POST' && url.searchParams.has('uploadId');

/** The answer to the first `times` of the requests. */
function times(count: number, alter: Alter): Alter {
  let left = count;
  return (method, url) => {
    const altered = left > 0 ? alter(method, url) : undefined;
    if (altered) left--;
    return altered;
  };
}

describe('an object store that does not keep what it is given', () => {
  it.each<[string, Uint8Array, Alter, string]>([
    [
      '404 to an object',
      small,
      (method) => (method === 'PUT' ? { status: 404 } : undefined),
      'OUTPUT_UNWRITABLE',
    ],
    [
      '404 to the start of an upload',
      large,
      (method, url) => (isStart(method, url) ? { status: 404 } : undefined),
      'OUTPUT_UNWRITABLE',
    ],
    [
      '404 to a part',
      large,
      (method, url) =>
        isPart(method, url) ? { status: 404, body: error('NoSuchUpload') } : undefined,
      'OUTPUT_UNWRITABLE',
    ],
    [
      '404 to the end of an upload',
      large,
      (method, url) =>
        isEnd(method, url) ? { status: 404, body: error('NoSuchUpload') } : undefined,
      'OUTPUT_UNWRITABLE',
    ],
    [
      'an error with the status 200',
      large,
      (method, url) =>
        isEnd(method, url) ? { status: 200, body: error('InternalError') } : undefined,
      'STORE_UNAVAILABLE',
    ],
    [
      'an empty body at the end',
      large,
      (method, url) => (isEnd(method, url) ? { status: 200 } : undefined),
      'STORE_UNAVAILABLE',
    ],
    [
      'a body that is cut',
      large,
      (method, url) =>
        isEnd(method, url) ? { status: 200, body: '<CompleteMultipartUploadResult>' } : undefined,
      'STORE_UNAVAILABLE',
    ],
    [
      'no upload id',
      large,
      (method, url) =>
        isStart(method, url)
          ? { status: 200, body: '<InitiateMultipartUploadResult/>' }
          : undefined,
      'STORE_UNAVAILABLE',
    ],
    [
      'no entity tag',
      small,
      (method) => (method === 'PUT' ? { status: 200 } : undefined),
      'STORE_UNAVAILABLE',
    ],
    [
      'a redirect to another region',
      small,
      (method) =>
        method === 'PUT'
          ? {
              status: 301,
              headers: { location: server.endpoint },
              body: error('PermanentRedirect'),
            }
          : undefined,
      'CONFIGURATION_INVALID',
    ],
    [
      'a disk that is full',
      small,
      (method) => (method === 'PUT' ? { status: 507 } : undefined),
      'STORE_UNAVAILABLE',
    ],
  ])('is found out by %s', async (_, content, alter, code) => {
    proxy.alter = alter;
    await expect(store.put('lost', content)).rejects.toMatchObject({ code });
    proxy.alter = () => undefined;
    expect(await store.size('lost')).toBeUndefined();
  });

  it('leaves what was there, when a new version cannot be kept', async () => {
    await store.put('kept', small);
    proxy.alter = (method, url) => (isEnd(method, url) ? { status: 404 } : undefined);
    await expect(store.put('kept', large)).rejects.toMatchObject({ code: 'OUTPUT_UNWRITABLE' });
    proxy.alter = () => undefined;
    expect(await store.bytes('kept')).toEqual(small);
  });
});

describe('an object store that fails for a moment', () => {
  it.each<[string, Alter]>([
    [
      'an error with the status 200 at the end',
      (method, url) => (isEnd(method, url) ? { status: 200, body: error('SlowDown') } : undefined),
    ],
    [
      'an overload at a part',
      (method, url) => (isPart(method, url) ? { status: 503, body: error('SlowDown') } : undefined),
    ],
    [
      'a time-out of its own',
      (method) => (method === 'PUT' ? { status: 400, body: error('RequestTimeout') } : undefined),
    ],
    [
      'a lost answer to a part',
      (method, url) => (isPart(method, url) ? { status: 500, after: true } : undefined),
    ],
  ])('is asked again after %s', async (_, alter) => {
    proxy.alter = times(1, alter);
    const put = await store.put('later', large);
    expect(put.bytes).toBe(large.length);
    expect(await store.size('later')).toBe(large.length);
    await store.remove('later');
  });

  it('never says that an upload failed for good whose end was answered by nobody, and keeps it readable', async () => {
    proxy.alter = times(1, (method, url) =>
      isEnd(method, url) ? { status: 500, after: true } : undefined,
    );
    // The second try meets an upload that has ended: whoever wrote learns that it is unsure, and writes again.
    await store.put('unsure', large).catch((thrown) => {
      expect(['OUTPUT_UNWRITABLE', 'STORE_UNAVAILABLE']).toContain(thrown.code);
    });
    proxy.alter = () => undefined;
    await store.put('unsure', large);
    expect(await store.size('unsure')).toBe(large.length);
  });
});

describe('an object store whose answers cannot be read', () => {
  it.each<[string, ReturnType<Alter>, string]>([
    ['404', { status: 404 }, 'CONFIGURATION_INVALID'],
    ['an empty body', { status: 200 }, 'STORE_UNAVAILABLE'],
    ['a page of a proxy', { status: 200, body: '<html>Please log in</html>' }, 'STORE_UNAVAILABLE'],
    [
      'a list that is cut',
      { status: 200, body: '<ListBucketResult><Contents><Key>a</Key>' },
      'STORE_UNAVAILABLE',
    ],
    [
      'a list that goes on nowhere',
      {
        status: 200,
        body: '<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>',
      },
      'STORE_UNAVAILABLE',
    ],
  ])('is not taken for empty: %s to a list', async (_, answer, code) => {
    proxy.alter = (method, url) =>
      method === 'GET' && url.searchParams.has('list-type') ? answer : undefined;
    await expect(listedKeys(store, 'a/')).rejects.toMatchObject({ code });
    await expect(store.check()).rejects.toMatchObject({ code });
    await expect(store.remove('a/')).rejects.toMatchObject({ code });
  });

  it('is refused when it answers a range with the whole', async () => {
    await store.put('whole', small);
    proxy.alter = (method, url) =>
      method === 'GET' && url.pathname.endsWith('/whole')
        ? { status: 200, body: 'all of it' }
        : undefined;
    await expect(store.get('whole', { start: 1, end: 2 })).rejects.toMatchObject({
      code: 'CONFIGURATION_INVALID',
      message: expect.stringContaining('range'),
    });
  });

  it('can be left while it says nothing', async () => {
    const stop = new AbortController();
    proxy.alter = (method) => {
      if (method !== 'PUT') return undefined;
      stop.abort();
      return 'silence';
    };
    await expect(store.put('silent', small, stop.signal)).rejects.toMatchObject({
      name: 'AbortError',
    });
  });
});
