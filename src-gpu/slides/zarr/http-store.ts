/**
 * A Zarr on a server: each of its files has an address. Ranges are asked of shards alone.
 *
 * @module
 */
import { UniCellError } from '../../../shared/errors.ts';
import { untilAborted } from '../../../shared/shared-load.ts';
import type { ByteSource } from '../bytes/byte-source.ts';
import { fetchWhole, openHttp, type RangeFetch, shown } from '../bytes/http-bytes.ts';
import type { Part, ZarrStore } from './zarr-store.ts';

/** Shards whose length is remembered. */
const MAX_SHARDS = 1024;

export class HttpStore implements ZarrStore {
  readonly label: string;
  readonly #root: URL;
  readonly #fetch: RangeFetch;
  readonly #shards = new Map<string, Promise<ByteSource | undefined>>();

  /** @param address Of the Zarr; its query, where it has one, goes with each request. */
  constructor(address: string, fetch: RangeFetch) {
    this.label = shown(address).replace(/\/+$/, '');
    this.#root = new URL(address);
    this.#fetch = fetch;
  }

  read(key: string, maxBytes: number, signal?: AbortSignal): Promise<Uint8Array | undefined> {
    return fetchWhole(this.#addressOf(key), this.#fetch, maxBytes, signal);
  }

  async readPart(key: string, part: Part, signal?: AbortSignal): Promise<Uint8Array | undefined> {
    // Opened once, for all.
    const shard = await untilAborted(this.#shard(key), signal);
    if (shard === undefined) return undefined;
    if ('length' in part) return shard.read(part.offset, part.length, signal);
    const length = Math.min(shard.size, part.suffixLength);
    return shard.read(shard.size - length, length, signal);
  }

  #shard(key: string): Promise<ByteSource | undefined> {
    const known = this.#shards.get(key);
    if (known) return known;
    const opening = openHttp(this.#addressOf(key), this.#fetch).catch((error: unknown) => {
      if (error instanceof UniCellError && error.code === 'SOURCE_NOT_FOUND') return undefined;
      this.#shards.delete(key);
      throw error;
    });
    if (this.#shards.size >= MAX_SHARDS) this.#shards.delete(this.#shards.keys().next().value!);
    this.#shards.set(key, opening);
    return opening;
  }

  #addressOf(key: string): string {
    const url = new URL(this.#root);
    const names = key.split('/').map(encodeURIComponent);
    url.pathname = [url.pathname.replace(/\/+$/, ''), ...names].join('/');
    return url.href;
  }
}
