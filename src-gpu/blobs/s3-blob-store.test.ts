import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeBlobStore } from '../../test/conformance/blob-store.ts';
import { type S3Server, startS3 } from '../../test/support/s3-server.ts';
import { tempFolder } from '../../test/support/temp-folder.ts';
import { openS3BlobStore } from './s3-blob-store.ts';

const folder = tempFolder();
let server: S3Server;
beforeAll(async () => {
  server = await startS3(folder);
});
afterAll(() => server?.close());

describeBlobStore('the store in an S3 bucket', async () => {
  const store = await openS3BlobStore({
    ...server,
    keyPrefix: 'service-a/',
    cacheFolder: join(folder, 'cache'),
  });
  return { store, close: () => store.close() };
});

describe('a bucket', () => {
  it('is shared by services with different prefixes', async () => {
    const open = (keyPrefix: string) =>
      openS3BlobStore({ ...server, keyPrefix, cacheFolder: join(folder, 'cache') });
    const [one, two] = [await open('one/'), await open('two/')];
    await one.put('key', new Uint8Array([1]));
    await two.put('key', new Uint8Array([2]));
    await one.remove('key');
    expect(await two.bytes('key')).toEqual(new Uint8Array([2]));
  });

  it('has local copies up to a limit, and those in use beyond it', async () => {
    const cacheFolder = join(folder, 'small-cache');
    const store = await openS3BlobStore({ ...server, cacheFolder, cacheBytes: 1 });
    await store.put('one.svs', new Uint8Array(10));
    await store.put('two.svs', new Uint8Array(20));
    const paths = await Promise.all(
      ['one.svs', 'one.svs', 'two.svs'].map((key) => store.localPath(key)),
    );
    expect(paths[0]).toBe(paths[1]);
    expect(readdirSync(join(cacheFolder, 'copies'))).toHaveLength(2);
  });

  it.each([
    [
      'a wrong secret',
      { secretAccessKey: 'wrong' },
      'CONFIGURATION_INVALID',
      'SignatureDoesNotMatch',
    ],
    ['no such bucket', { bucket: 'none' }, 'CONFIGURATION_INVALID', 'NoSuchBucket'],
    ['nobody there', { endpoint: 'http://127.0.0.1:1' }, 'STORE_UNAVAILABLE', 'does not answer'],
  ])('is refused with %s', async (_, changes, code, message) => {
    const opening = openS3BlobStore({ ...server, ...changes, cacheFolder: join(folder, 'cache') });
    await expect(opening).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message),
    });
  });
});
