/**
 * A long list of numbers in a TIFF, such as where its tiles lie: read page by page, so that a slide of a
 * million tiles takes no more memory than a small one.
 *
 * @module
 */

import { BlockCache } from '../bytes/block-cache.ts';
import { type ByteSource, requireRange } from '../bytes/byte-source.ts';

const PAGE_ITEMS = 4096;
const CACHE_BYTES = 1024 * 1024;

/** The widths of the types SHORT, LONG and LONG8. */
type ItemBytes = 2 | 4 | 8;

export class TiffArray {
  readonly length: number;
  readonly #bytes: ByteSource;
  readonly #offset: number;
  readonly #itemBytes: ItemBytes;
  readonly #little: boolean;
  readonly #pages = new BlockCache<Float64Array>(CACHE_BYTES, (page) => page.byteLength);

  /** @throws {UniCellError} `IMAGE_UNREADABLE` when the list does not lie in the file. */
  constructor(
    bytes: ByteSource,
    offset: number,
    length: number,
    itemBytes: ItemBytes,
    little: boolean,
  ) {
    requireRange(bytes, offset, length * itemBytes);
    this.length = length;
    this.#bytes = bytes;
    this.#offset = offset;
    this.#itemBytes = itemBytes;
    this.#little = little;
  }

  /** @param index From 0; below `length`. */
  async get(index: number, signal?: AbortSignal): Promise<number> {
    const page = Math.floor(index / PAGE_ITEMS);
    const values = await this.#pages.get(
      String(page),
      (stop) => this.#load(page * PAGE_ITEMS, stop),
      signal,
    );
    return values[index % PAGE_ITEMS]!;
  }

  async #load(first: number, signal: AbortSignal): Promise<Float64Array> {
    const count = Math.min(PAGE_ITEMS, this.length - first);
    const itemBytes = this.#itemBytes;
    const bytes = await this.#bytes.read(
      this.#offset + first * itemBytes,
      count * itemBytes,
      signal,
    );
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return Float64Array.from({ length: count }, (_, i) =>
      readUint(view, i * itemBytes, itemBytes, this.#little),
    );
  }
}

/** An unsigned number of 1, 2, 4 or 8 bytes. */
export function readUint(view: DataView, at: number, bytes: number, little: boolean): number {
  if (bytes === 8) return Number(view.getBigUint64(at, little));
  if (bytes === 4) return view.getUint32(at, little);
  return bytes === 2 ? view.getUint16(at, little) : view.getUint8(at);
}
