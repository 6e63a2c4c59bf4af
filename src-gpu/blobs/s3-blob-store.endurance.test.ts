/** An S3 bucket with more objects than it lists at once. */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { listedKeys } from '../../test/conformance/blob-store.ts';
import { type S3Server, startS3 } from '../../test/support/s3-server.ts';
import { tempFolder } from '../../test/support/temp-folder.ts';
import { openS3BlobStore } from './s3-blob-store.ts';

const folder = tempFolder();
let server: S3Server;
beforeAll(async () => {
  server = await startS3(folder);
});
afterAll(() => server?.close());

it('a bucket is listed page by page', async () => {
  const store = await openS3BlobStore({ ...server, cacheFolder: join(folder, 'cache') });
  const keys = Array.from({ length: 1001 }, (_, i) => `many/${String(i).padStart(4, '0')}`);
  for (let at = 0; at < keys.length; at += 50) {
    await Promise.all(keys.slice(at, at + 50).map((key) => store.put(key, new Uint8Array([0]))));
  }
  expect(await listedKeys(store, 'many/')).toEqual(keys);
  await store.remove('many/');
  expect(await listedKeys(store, 'many/')).toEqual([]);
});
