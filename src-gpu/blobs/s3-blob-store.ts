/**
 * Blobs in an S3-compatible object store, for services on many machines.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { extname } from 'node:path';
import { UniCellError } from '../../shared/errors.ts';
import { untilAborted } from '../../shared/shared-load.ts';
import { checkKey, checkPrefix } from './blob-key.ts';
import { BlobTally, partsOf, regroup } from './blob-parts.ts';
import type { BlobContent, BlobStore } from './blob-store.ts';
import { FileCache } from './file-cache.ts';
import { openFsBlobStore } from './fs-blob-store.ts';
import { onlyTextOf, pageOf } from './s3-answers.ts';
import { S3Client, type S3Location, Unusable } from './s3-client.ts';
import type { ScratchFile } from './scratch-file.ts';

/** A blob up to this goes in one request; the 10,000 parts that S3 allows make 160 GB. */
const PART_BYTES = 16 * 2 ** 20;
const REMOVED_AT_ONCE = 32;
/** Local copies of slides: more than this many bytes are not kept without need. */
const CACHE_BYTES = 200 * 2 ** 30;

export interface S3BlobStoreOptions extends S3Location {
  /** Where copies of slides lie for readers that need files. */
  readonly cacheFolder: string;
  readonly cacheBytes?: number;
}

/**
 * Opens a bucket.
 *
 * @throws {UniCellError} `CONFIGURATION_INVALID` when there is none or the keys do not open it,
 *   `STORE_UNAVAILABLE`, and `OUTPUT_UNWRITABLE` for the cache folder.
 */
export async function openS3BlobStore(options: S3BlobStoreOptions): Promise<BlobStore> {
  const cache = await openFsBlobStore(options.cacheFolder);
  const store = new S3BlobStore(options, cache);
  await store.check();
  return store;
}

class S3BlobStore implements BlobStore {
  readonly #client: S3Client;
  readonly #keyPrefix: string;
  readonly #local: BlobStore;
  readonly #cache: FileCache;

  /** @param local Its folder of copies. */
  constructor(options: S3BlobStoreOptions, local: BlobStore) {
    this.#client = new S3Client(options);
    this.#keyPrefix = options.keyPrefix ?? '';
    this.#local = local;
    this.#cache = new FileCache({ store: local, maxBytes: options.cacheBytes ?? CACHE_BYTES });
  }

  async put(
    key: string,
    content: BlobContent,
    signal?: AbortSignal,
  ): Promise<{ readonly bytes: number; readonly sha256: string }> {
    checkKey(key);
    const tally = new BlobTally();
    const upload = new MultipartUpload(this.#client, key, signal);
    try {
      // A part is sent when the next one shows that it is not the last, so small blobs need no upload id.
      let held: Uint8Array = new Uint8Array();
      for await (const part of regroup(partsOf(content, signal), PART_BYTES)) {
        if (tally.bytes > 0) await upload.add(held);
        tally.add(part);
        held = part;
      }
      await upload.finish(held);
      return tally.finish();
    } catch (error) {
      await upload.abort();
      throw error;
    }
  }

  async get(
    key: string,
    range?: { readonly start: number; readonly end: number },
    signal?: AbortSignal,
  ): Promise<ReadableStream<Uint8Array> | undefined> {
    checkKey(key);
    const isEmpty = range && range.end <= range.start;
    const response = await this.#client.send({
      key,
      ...(isEmpty ? { method: 'HEAD' } : {}),
      signal,
      headers: range && !isEmpty ? { range: `bytes=${range.start}-${range.end - 1}` } : {},
    });
    if (response.status === 404) return undefined;
    if (response.status === 416 || isEmpty) return new Blob([]).stream();
    if (range && response.status !== 206) {
      await response.body?.cancel();
      throw new UniCellError(
        'CONFIGURATION_INVALID',
        `The object store answers a part of ${key} with the whole of it (${response.status} for a range). It must know range requests, as S3 does.`,
      );
    }
    return response.body ?? new Blob([]).stream();
  }

  async bytes(key: string): Promise<Uint8Array | undefined> {
    const stream = await this.get(key);
    return stream && new Uint8Array(await new Response(stream).arrayBuffer());
  }

  async size(key: string): Promise<number | undefined> {
    return (await this.#head(key))?.size;
  }

  async *list(prefix: string): AsyncIterable<string> {
    checkPrefix(prefix);
    let token: string | undefined;
    do {
      const query = {
        'list-type': '2',
        prefix: this.#keyPrefix + prefix,
        ...(token === undefined ? {} : { 'continuation-token': token }),
      };
      const page = await this.#client.send({ query }, async (response) =>
        usable(pageOf, await response.text()),
      );
      for (const key of page.keys) yield key.slice(this.#keyPrefix.length);
      token = page.next;
    } while (token !== undefined);
  }

  async remove(prefix: string): Promise<void> {
    const keys: string[] = [];
    const removeThese = async () => {
      const some = keys.splice(0);
      await Promise.all(some.map((key) => this.#client.send({ method: 'DELETE', key })));
    };
    for await (const key of this.list(prefix)) {
      if (keys.push(key) === REMOVED_AT_ONCE) await removeThese();
    }
    await removeThese();
  }

  async localPath(key: string, signal?: AbortSignal): Promise<string | undefined> {
    const head = await untilAborted(this.#head(key), signal);
    if (head === undefined) return undefined;
    const open = async (stop: AbortSignal) =>
      (await this.get(key, undefined, stop)) ?? new Blob([]).stream();
    return this.#cache.path(`${key} ${head.etag} ${head.size}`, extname(key), open, signal);
  }

  scratch(): Promise<ScratchFile> {
    return this.#local.scratch();
  }

  async check(): Promise<void> {
    const query = { 'list-type': '2', 'max-keys': '1' };
    await this.#client.send({ query }, async (response) => usable(pageOf, await response.text()));
  }

  async close(): Promise<void> {}

  async #head(key: string): Promise<{ readonly size: number; readonly etag: string } | undefined> {
    checkKey(key);
    const { status, headers } = await this.#client.send({ method: 'HEAD', key });
    if (status === 404) return undefined;
    return { size: Number(headers.get('content-length')), etag: headers.get('etag') ?? '' };
  }
}

/** What `read` finds in a body; a body that is not what it should be is asked for again. */
function usable<T>(read: (xml: string) => T, xml: string): T {
  try {
    return read(xml);
  } catch (error) {
    throw new Unusable((error as Error).message);
  }
}

/** Readers see nothing of it before its end. */
class MultipartUpload {
  readonly #client: S3Client;
  readonly #key: string;
  readonly #signal: AbortSignal | undefined;
  readonly #etags: string[] = [];
  #id: string | undefined;

  constructor(client: S3Client, key: string, signal: AbortSignal | undefined) {
    this.#client = client;
    this.#key = key;
    this.#signal = signal;
  }

  async add(body: Uint8Array): Promise<void> {
    this.#id ??= await this.#begin();
    const query = { partNumber: String(this.#etags.length + 1), uploadId: this.#id };
    this.#etags.push(await this.#put(body, query));
  }

  async finish(last: Uint8Array): Promise<void> {
    if (this.#id === undefined) {
      await this.#put(last);
      return;
    }
    await this.add(last);
    const parts = this.#etags.map(
      (etag, index) =>
        `<Part><PartNumber>${index + 1}</PartNumber><ETag>${etag.replaceAll('"', '&quot;')}</ETag></Part>`,
    );
    const request = {
      method: 'POST',
      key: this.#key,
      query: { uploadId: this.#id },
      body: `<CompleteMultipartUpload>${parts.join('')}</CompleteMultipartUpload>`,
      signal: this.#signal,
    } as const;
    // The status comes before the parts are joined; whether that succeeded stands in the body.
    await this.#client.send(request, async (response) => {
      const xml = await response.text();
      usable(() => onlyTextOf(xml, 'CompleteMultipartUploadResult', 'ETag'), xml);
    });
    this.#id = undefined;
  }

  /** What cannot be removed now, the bucket's own rules for unfinished uploads remove later. */
  async abort(): Promise<void> {
    if (this.#id === undefined) return;
    const query = { uploadId: this.#id };
    await this.#client.send({ method: 'DELETE', key: this.#key, query }).catch(() => {});
  }

  #begin(): Promise<string> {
    const request = {
      method: 'POST',
      key: this.#key,
      query: { uploads: '' },
      signal: this.#signal,
    } as const;
    return this.#client.send(request, async (response) =>
      usable(
        (xml) => onlyTextOf(xml, 'InitiateMultipartUploadResult', 'UploadId'),
        await response.text(),
      ),
    );
  }

  /** @returns The entity tag. */
  #put(body: Uint8Array, query?: Readonly<Record<string, string>>): Promise<string> {
    const request = {
      method: 'PUT',
      key: this.#key,
      ...(query ? { query } : {}),
      body,
      headers: { 'x-amz-content-sha256': createHash('sha256').update(body).digest('hex') },
      signal: this.#signal,
    } as const;
    return this.#client.send(request, async (response) => {
      await response.body?.cancel();
      const etag = response.headers.get('etag');
      if (!etag) throw new Unusable('it took an object and gave no ETag for it');
      return etag;
    });
  }
}
