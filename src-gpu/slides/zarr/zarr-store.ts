/**
 * The files of a Zarr, in a folder or on a server. A key is the path of one below the Zarr: `0/c/0/1/2`.
 *
 * @module
 */
import type { AbsolutePath, AsyncReadable, RangeQuery } from 'zarrita';
import { UniCellError } from '../../../shared/errors.ts';

/** What a key may be asked for in parts. */
export type Part = RangeQuery;

export interface ZarrStore {
  /** Path or address, for messages. */
  readonly label: string;
  /**
   * Reads a file as a whole.
   *
   * @returns `undefined` when there is none: of chunks, one that holds nothing but the fill value.
   * @throws {UniCellError} `IMAGE_UNREADABLE` for a file of more than `maxBytes` and a disk that fails,
   *   `SOURCE_FORBIDDEN` for what lies elsewhere, `SOURCE_UNREACHABLE`.
   */
  read(key: string, maxBytes: number, signal?: AbortSignal): Promise<Uint8Array | undefined>;
  /**
   * Reads a part of a file; of an end that is longer than the file, all of it.
   *
   * @throws {UniCellError} As `read`, and `SOURCE_WITHOUT_RANGES`.
   */
  readPart(key: string, part: Part, signal?: AbortSignal): Promise<Uint8Array | undefined>;
}

/** Descriptions of groups and arrays are longer in no Zarr that is one. */
const MAX_METADATA_BYTES = 16 * 1024 * 1024;
const METADATA = /(^|\/)(zarr\.json|\.zattrs|\.zgroup|\.zarray)$/;

/** @throws {UniCellError} `IMAGE_UNREADABLE` for a key that would lead out of the Zarr. */
function requireKey(label: string, key: string): void {
  const isPlain = key
    .split('/')
    .every((name) => name !== '' && !/^\.\.?$/.test(name) && !/[\\?#%\0]/.test(name));
  if (isPlain) return;
  throw new UniCellError(
    'IMAGE_UNREADABLE',
    `${label} refers to ${JSON.stringify(key.slice(0, 200))}, which is no path inside of it. The Zarr is damaged; export it again.`,
  );
}

/** A JSON file of a Zarr; `undefined` when there is none. */
export type ReadJson = (key: string) => Promise<unknown>;

/** What is read of a Zarr again and again: its descriptions, each fetched once. */
/** What zarrita hands on to each read. */
interface ReadOptions {
  /** Aborted when nobody waits for it any more. */
  readonly signal?: AbortSignal;
}

export class ZarrFiles implements AsyncReadable {
  readonly store: ZarrStore;
  readonly #maxChunkBytes: number;
  readonly #metadata = new Map<string, Promise<Uint8Array | undefined>>();

  /** @param maxChunkBytes Of a compressed chunk. */
  constructor(store: ZarrStore, maxChunkBytes: number) {
    this.store = store;
    this.#maxChunkBytes = maxChunkBytes;
  }

  get(path: AbsolutePath, { signal }: ReadOptions = {}): Promise<Uint8Array | undefined> {
    const key = this.#keyOf(path);
    if (!METADATA.test(key)) return this.store.read(key, this.#maxChunkBytes, signal);
    const known = this.#metadata.get(key) ?? this.store.read(key, MAX_METADATA_BYTES);
    this.#metadata.set(key, known);
    return known;
  }

  getRange(
    path: AbsolutePath,
    part: Part,
    { signal }: ReadOptions = {},
  ): Promise<Uint8Array | undefined> {
    const key = this.#keyOf(path);
    if ('length' in part && !(part.length <= this.#maxChunkBytes)) {
      throw new UniCellError(
        'IMAGE_UNREADABLE',
        `${this.store.label} has a shard ${key} that says one of its chunks has ${part.length} bytes, more than such a chunk can take. The Zarr is damaged; export it again.`,
      );
    }
    return this.store.readPart(key, part, signal);
  }

  /** @throws {UniCellError} `IMAGE_UNREADABLE` for what is no JSON. */
  readonly json: ReadJson = async (key) => {
    const bytes = await this.get(`/${key}`);
    if (bytes === undefined) return undefined;
    try {
      // Python writes these into JSON, which has no such numbers.
      const text = new TextDecoder()
        .decode(bytes)
        .replace(/([[:,]\s*)-?(NaN|Infinity)\b/g, '$1null');
      return JSON.parse(text) as unknown;
    } catch (cause) {
      throw new UniCellError(
        'IMAGE_UNREADABLE',
        `${this.store.label} has ${key}, which is no JSON. The Zarr is damaged; export it again.`,
        { cause },
      );
    }
  };

  #keyOf(path: AbsolutePath): string {
    const key = path.replace(/^\/+/, '');
    requireKey(this.store.label, key);
    return key;
  }
}
