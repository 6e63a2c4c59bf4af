/**
 * Reads the tags of a TIFF's first directory that libvips keeps to itself: the description (where Aperio
 * and OME write the resolution), the resolution as an exact ratio, and the compression. Classic TIFF and
 * BigTIFF, both byte orders (TIFF 6.0 section 2; the BigTIFF design).
 *
 * @module
 */
import { type FileHandle, open } from 'node:fs/promises';

export interface TiffTags {
  /** Tag 270. */
  readonly description?: string;
  /** Tag 282, pixels per `resolutionUnit`. */
  readonly xResolution?: number;
  /** Tag 296. The TIFF default is inch. */
  readonly resolutionUnit: 'none' | 'inch' | 'cm';
  /** Tag 259, for instance 7 (JPEG) or 33005 (Aperio JPEG 2000). */
  readonly compression?: number;
}

/** A description longer than this is no place where a resolution is looked for. */
const longestDescription = 4 * 1024 * 1024;

interface Entry {
  /** 2 ASCII, 3 SHORT, 5 RATIONAL; the others are not read. */
  readonly type: number;
  readonly count: number;
  /** Bytes of the value when it fits the entry, else the offset of the value. */
  readonly field: DataView;
}

/**
 * Reads the tags of a file's first directory; a tag that is absent or points outside the file is left
 * out, and a file that is no TIFF gives `undefined`.
 */
export async function readTiffTags(path: string): Promise<TiffTags | undefined> {
  const file = await open(path);
  try {
    return await new TiffReader(file, (await file.stat()).size).read();
  } finally {
    await file.close();
  }
}

class TiffReader {
  readonly #file: FileHandle;
  readonly #size: number;
  #little = true;
  #big = false;

  constructor(file: FileHandle, size: number) {
    this.#file = file;
    this.#size = size;
  }

  async read(): Promise<TiffTags | undefined> {
    const header = await this.#bytes(0, 16);
    const order = header?.getUint16(0);
    if (!header || (order !== 0x4949 && order !== 0x4d4d)) return undefined;
    this.#little = order === 0x4949;
    const version = header.getUint16(2, this.#little);
    if (version !== 42 && version !== 43) return undefined;
    this.#big = version === 43;
    const entries = await this.#directory(this.#offset(header, this.#big ? 8 : 4));
    const description = await this.#text(entries.get(270));
    const xResolution = await this.#ratio(entries.get(282));
    const compression = this.#short(entries.get(259));
    const unit = this.#short(entries.get(296));
    return {
      resolutionUnit: unit === 1 ? 'none' : unit === 3 ? 'cm' : 'inch',
      ...(description !== undefined && { description }),
      ...(xResolution !== undefined && { xResolution }),
      ...(compression !== undefined && { compression }),
    };
  }

  async #directory(offset: number): Promise<Map<number, Entry>> {
    const entries = new Map<number, Entry>();
    const countBytes = this.#big ? 8 : 2;
    const head = await this.#bytes(offset, countBytes);
    if (!head) return entries;
    const count = this.#big
      ? Number(head.getBigUint64(0, this.#little))
      : head.getUint16(0, this.#little);
    const entryBytes = this.#big ? 20 : 12;
    const body = await this.#bytes(offset + countBytes, Math.min(count, 65535) * entryBytes);
    if (!body) return entries;
    for (let at = 0; at < body.byteLength; at += entryBytes) {
      const valueAt = this.#big ? 12 : 8;
      entries.set(body.getUint16(at, this.#little), {
        type: body.getUint16(at + 2, this.#little),
        count: this.#offset(body, at + 4),
        field: new DataView(body.buffer, body.byteOffset + at + valueAt, entryBytes - valueAt),
      });
    }
    return entries;
  }

  async #text(entry: Entry | undefined): Promise<string | undefined> {
    if (entry?.type !== 2 || entry.count > longestDescription) return undefined;
    const value = await this.#value(entry, entry.count);
    if (!value) return undefined;
    const bytes = new Uint8Array(value.buffer, value.byteOffset, entry.count);
    return new TextDecoder().decode(bytes).replace(/\0+$/, '');
  }

  async #ratio(entry: Entry | undefined): Promise<number | undefined> {
    if (entry?.type !== 5 || entry.count !== 1) return undefined;
    const value = await this.#value(entry, 8);
    if (!value) return undefined;
    const ratio = value.getUint32(0, this.#little) / value.getUint32(4, this.#little);
    return Number.isFinite(ratio) ? ratio : undefined;
  }

  #short(entry: Entry | undefined): number | undefined {
    return entry?.type === 3 && entry.count === 1
      ? entry.field.getUint16(0, this.#little)
      : undefined;
  }

  /** The bytes of a value, which lie in the entry itself when they fit. */
  async #value(entry: Entry, length: number): Promise<DataView | undefined> {
    if (length <= entry.field.byteLength) return entry.field;
    return this.#bytes(this.#offset(entry.field, 0), length);
  }

  #offset(view: DataView, at: number): number {
    return this.#big
      ? Number(view.getBigUint64(at, this.#little))
      : view.getUint32(at, this.#little);
  }

  async #bytes(offset: number, length: number): Promise<DataView | undefined> {
    if (length < 1 || offset + length > this.#size) return undefined;
    const buffer = Buffer.alloc(length);
    await this.#file.read(buffer, 0, length, offset);
    return new DataView(buffer.buffer, buffer.byteOffset, length);
  }
}
