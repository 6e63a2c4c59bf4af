/**
 * One directory (page) of a TIFF: its tags, whose values are read when they are asked for.
 *
 * @module
 */
import { UniCellError } from '../../../shared/errors.ts';
import type { ByteSource } from '../bytes/byte-source.ts';
import { readUint, TiffArray } from './tiff-array.ts';

/** What the header says of the whole file. */
export interface TiffLayout {
  readonly little: boolean;
  /** BigTIFF: 64-bit offsets. */
  readonly big: boolean;
}

/** A tag as it stands in the directory. */
interface Entry {
  readonly type: number;
  readonly count: number;
  /** Where the value lies, in the entry itself or elsewhere. */
  readonly offset: number;
}

/** Bytes of one value by TIFF type: BYTE, ASCII, SHORT, LONG, RATIONAL ... BigTIFF's LONG8 and IFD8. */
const typeBytes: Readonly<Record<number, number>> = {
  1: 1,
  2: 1,
  3: 2,
  4: 4,
  5: 8,
  7: 1,
  13: 4,
  16: 8,
  18: 8,
};
const unsigned = [1, 3, 4, 13, 16, 18];

/** No header of a slide is longer; a longer text or table is left unread. */
const MAX_VALUE_BYTES = 16 * 1024 * 1024;
const MAX_ENTRIES = 4096;
/** Numbers of one tag that are read at once; longer lists come as a `TiffArray`. */
const MAX_NUMBERS = 1024;

export class TiffDirectory {
  readonly layout: TiffLayout;
  /** Offset of the next directory of the chain; 0 at its end. */
  readonly next: number;
  readonly #bytes: ByteSource;
  readonly #entries: ReadonlyMap<number, Entry>;

  private constructor(
    bytes: ByteSource,
    layout: TiffLayout,
    entries: ReadonlyMap<number, Entry>,
    next: number,
  ) {
    this.#bytes = bytes;
    this.layout = layout;
    this.#entries = entries;
    this.next = next;
  }

  /** @throws {UniCellError} `IMAGE_UNREADABLE` when the directory does not lie in the file. */
  static async read(bytes: ByteSource, layout: TiffLayout, offset: number): Promise<TiffDirectory> {
    const { little, big } = layout;
    const [countBytes, entryBytes, wordBytes] = big ? [8, 20, 8] : [2, 12, 4];
    const count = readUint(view(await bytes.read(offset, countBytes)), 0, countBytes, little);
    if (count > MAX_ENTRIES) {
      throw new UniCellError(
        'IMAGE_UNREADABLE',
        `${bytes.label} has a page with ${count} tags at ${offset}; at most ${MAX_ENTRIES} make sense. The file is damaged; fetch or export it again.`,
      );
    }
    const start = offset + countBytes;
    const body = view(await bytes.read(start, count * entryBytes + wordBytes));
    const entries = new Map<number, Entry>();
    for (let at = 0; at < count * entryBytes; at += entryBytes) {
      const type = body.getUint16(at + 2, little);
      const items = readUint(body, at + 4, wordBytes, little);
      const inline = at + 4 + wordBytes;
      const isInline = items * (typeBytes[type] ?? 1) <= wordBytes;
      entries.set(body.getUint16(at, little), {
        type,
        count: items,
        offset: isInline ? start + inline : readUint(body, inline, wordBytes, little),
      });
    }
    const next = readUint(body, count * entryBytes, wordBytes, little);
    return new TiffDirectory(bytes, layout, entries, next);
  }

  has(tag: number): boolean {
    return this.#entries.has(tag);
  }

  /** The first number of a tag; `undefined` when it is absent or none. */
  async number(tag: number): Promise<number | undefined> {
    return (await this.numbers(tag))[0];
  }

  /** The unsigned numbers of a tag; none when it is absent, of another type or very long. */
  async numbers(tag: number): Promise<readonly number[]> {
    const entry = this.#entries.get(tag);
    if (!entry || !unsigned.includes(entry.type) || entry.count > MAX_NUMBERS) return [];
    const width = typeBytes[entry.type]!;
    const value = view(await this.#bytes.read(entry.offset, entry.count * width));
    return Array.from({ length: entry.count }, (_, i) =>
      readUint(value, i * width, width, this.layout.little),
    );
  }

  /** A text without its closing zero: UTF-8, else Latin-1, which is never wrong. */
  async text(tag: number): Promise<string | undefined> {
    const bytes = await this.bytes(tag);
    return bytes && decodeText(bytes).replace(/\0+$/, '');
  }

  /** The bytes of a value of type BYTE, ASCII or UNDEFINED. */
  async bytes(tag: number): Promise<Uint8Array | undefined> {
    const entry = this.#entries.get(tag);
    if (!entry || ![1, 2, 7].includes(entry.type) || entry.count > MAX_VALUE_BYTES)
      return undefined;
    return this.#bytes.read(entry.offset, entry.count);
  }

  /** A value of type RATIONAL. */
  async ratio(tag: number): Promise<number | undefined> {
    const values = await this.ratios(tag);
    return values.length === 1 ? values[0] : undefined;
  }

  /** The values of type RATIONAL; none when the tag is absent, of another type, or one divides by 0. */
  async ratios(tag: number): Promise<readonly number[]> {
    const entry = this.#entries.get(tag);
    if (entry?.type !== 5 || entry.count > MAX_NUMBERS) return [];
    const value = view(await this.#bytes.read(entry.offset, 8 * entry.count));
    const { little } = this.layout;
    const ratios = Array.from(
      { length: entry.count },
      (_, i) => value.getUint32(8 * i, little) / value.getUint32(8 * i + 4, little),
    );
    return ratios.every(Number.isFinite) ? ratios : [];
  }

  /**
   * A list of any length, as the tiles' offsets are.
   *
   * @throws {UniCellError} `IMAGE_UNREADABLE` when it does not lie in the file.
   */
  array(tag: number): TiffArray | undefined {
    const entry = this.#entries.get(tag);
    const width = entry && unsigned.includes(entry.type) ? typeBytes[entry.type] : undefined;
    if (!entry || (width !== 2 && width !== 4 && width !== 8)) return undefined;
    return new TiffArray(this.#bytes, entry.offset, entry.count, width, this.layout.little);
  }
}

function decodeText(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('latin1').decode(bytes);
  }
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
