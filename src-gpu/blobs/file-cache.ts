/**
 * Copies of remote blobs on this machine, for readers that need files; the oldest go when they are many.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { readdir, rm, stat, utimes } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { SharedLoad } from '../../shared/shared-load.ts';
import type { BlobStore } from './blob-store.ts';
import { undefinedIfMissing } from './missing-file.ts';

export interface FileCacheOptions {
  /** Where the copies lie; nothing else should. */
  readonly store: BlobStore;
  readonly maxBytes: number;
}

type OpenBlob = (signal: AbortSignal) => Promise<ReadableStream<Uint8Array>>;

/** A copy that was asked for within this time may be in use. */
const IN_USE_MS = 3600_000;
const FOLDER = 'copies';

export class FileCache {
  readonly #store: BlobStore;
  readonly #maxBytes: number;
  /** One download per blob at a time. */
  readonly #running = new Map<string, SharedLoad<string>>();

  constructor({ store, maxBytes }: FileCacheOptions) {
    this.#store = store;
    this.#maxBytes = maxBytes;
  }

  /**
   * The path of a copy.
   *
   * @param name Names the content: equal names have equal bytes.
   * @param extension Of the blob's key, which some readers look at.
   * @param open Its signal is aborted when nobody waits for the copy any more.
   * @throws {UniCellError} `CANCELED` at once after `signal`.
   */
  path(
    name: string,
    extension: string,
    open: OpenBlob,
    signal: AbortSignal | undefined,
  ): Promise<string> {
    const key = `${FOLDER}/${createHash('sha256').update(name).digest('hex')}${extension}`;
    const running = this.#running.get(key);
    if (running && !running.isAbandoned) return running.wait(signal);
    const copying = new SharedLoad(async (stop) => {
      try {
        return await this.#copy(key, open, stop);
      } finally {
        if (this.#running.get(key) === copying) this.#running.delete(key);
      }
    });
    this.#running.set(key, copying);
    return copying.wait(signal);
  }

  async #copy(key: string, open: OpenBlob, signal: AbortSignal): Promise<string> {
    // Asked for now, it is not removed; until then it may be.
    let path = await this.#touched(key);
    if (path === undefined) {
      await this.#store.put(key, await open(signal), signal);
      path = (await this.#store.localPath(key))!;
    }
    await this.#removeOld(path);
    return path;
  }

  /** Its path when there is such a copy, which counts as asked for now. */
  async #touched(key: string): Promise<string | undefined> {
    const path = await this.#store.localPath(key);
    if (path === undefined) return undefined;
    const now = new Date();
    const isThere = await utimes(path, now, now).then(() => true, undefinedIfMissing);
    return isThere ? path : undefined;
  }

  async #removeOld(kept: string): Promise<void> {
    const folder = dirname(kept);
    const found = await Promise.all(
      (await readdir(folder)).map(async (name) => {
        // Another copy's removal, or another process's, may come first.
        const file = await stat(join(folder, name)).catch(undefinedIfMissing);
        return file && { name, size: file.size, mtimeMs: file.mtimeMs };
      }),
    );
    const copies = found.filter((copy) => copy !== undefined);
    let total = copies.reduce((sum, { size }) => sum + size, 0);
    for (const { name, size, mtimeMs } of copies.sort((a, b) => a.mtimeMs - b.mtimeMs)) {
      const isFree = Date.now() - mtimeMs > IN_USE_MS && name !== basename(kept);
      if (total <= this.#maxBytes || !isFree) continue;
      await rm(join(folder, name), { force: true });
      total -= size;
    }
  }
}
