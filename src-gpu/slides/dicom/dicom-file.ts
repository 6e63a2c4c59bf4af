/**
 * One DICOM file (PS3.10): its header, and its frames by range reads.
 *
 * @module
 */
import dicomParser, { type DataSet } from 'dicom-parser';
import type { DicomJson } from '../../../shared/dicom/dicom-json.ts';
import { codecOf, syntaxName } from '../../../shared/dicomweb/transfer-syntaxes.ts';
import { UniCellError } from '../../../shared/errors.ts';
import { untilAborted } from '../../../shared/shared-load.ts';
import type { ByteSource } from '../bytes/byte-source.ts';

const FIRST_READ_BYTES = 256 * 1024;
/** Places of a million frames take some hundred megabytes; no header is longer. */
const MAX_HEADER_BYTES = 512 * 1024 * 1024;
const PIXEL_DATA = 'x7fe00010';
const ITEM = 0xfffee000;
const END = 0xfffee0dd;
const IMPLICIT = '1.2.840.10008.1.2';
const EXPLICIT = '1.2.840.10008.1.2.1';
const UNREAD = ['1.2.840.10008.1.2.1.99', '1.2.840.10008.1.2.2'];

export interface DicomFile {
  readonly bytes: ByteSource;
  readonly data: DicomJson;
  readonly transferSyntax: string;
  /** Where the value of Pixel Data begins; `undefined` for an object without pixels. */
  readonly pixelsAt: number | undefined;
  /** Extended Offset Table and its lengths (PS3.3, section C.7.6.3), as they stand. */
  readonly offsets: BigUint64Array | undefined;
  readonly lengths: BigUint64Array | undefined;
}

/**
 * Reads the header of a file, however long it is.
 *
 * @throws {UniCellError} `IMAGE_UNREADABLE` for a damaged file, `IMAGE_UNSUPPORTED` for transfer syntaxes that are
 *   deflated or big endian.
 */
export async function readDicomFile(bytes: ByteSource): Promise<DicomFile> {
  const { dataSetJson } = await import('./data-set-json.ts');
  for (let length = FIRST_READ_BYTES; ; length *= 8) {
    const size = Math.min(length, bytes.size, MAX_HEADER_BYTES);
    const head = await bytes.read(0, size);
    const isAll = size === bytes.size || size === MAX_HEADER_BYTES;
    try {
      const transferSyntax = syntaxOf(bytes, head);
      const isImplicit = transferSyntax === IMPLICIT;
      // The dictionary is large, and few files need it.
      const vrOf = isImplicit ? (await import('./implicit-vr.ts')).vrOf : undefined;
      const set = parseHeader(withoutOv(head), vrOf);
      const pixels = set.elements[PIXEL_DATA];
      // Without pixels the header may end where the bytes do by chance.
      if (!pixels && !isAll) continue;
      const table = (tag: string) => {
        const element = set.elements[tag];
        if (!element || element.length === 0) return undefined;
        const value = head.slice(element.dataOffset, element.dataOffset + element.length);
        return new BigUint64Array(value.buffer, 0, Math.floor(value.length / 8));
      };
      return {
        bytes,
        data: dataSetJson(set),
        // Plain pixels lie in both alike.
        transferSyntax: isImplicit ? EXPLICIT : transferSyntax,
        pixelsAt: pixels?.dataOffset,
        offsets: table('x7fe00001'),
        lengths: table('x7fe00002'),
      };
    } catch (cause) {
      if (cause instanceof UniCellError) throw cause;
      if (!isAll) continue;
      const { exception, message } = cause as { exception?: string; message?: string };
      const reason = exception ?? message ?? String(cause);
      throw new UniCellError(
        'IMAGE_UNREADABLE',
        `${bytes.label} is a DICOM file whose header cannot be read (${reason}). Export it again.`,
        { cause },
      );
    }
  }
}

/** The parser wants all fragments of the pixels; without them it says where they begin and throws. */
function parseHeader(head: Uint8Array, vrCallback?: (tag: string) => string | undefined): DataSet {
  const options = { untilTag: PIXEL_DATA, ...(vrCallback && { vrCallback }) };
  try {
    return dicomParser.parseDicom(head, options);
  } catch (cause) {
    const { dataSet } = cause as { dataSet?: DataSet };
    if (dataSet?.elements[PIXEL_DATA]) return dataSet;
    throw cause;
  }
}

/** The tables of frames are of type OV, which is younger than the parser; OB is laid out alike. */
function withoutOv(head: Uint8Array): Uint8Array {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength);
  for (const element of [1, 2]) {
    const at = bytes.indexOf(Buffer.from([0xe0, 0x7f, element, 0, 0x4f, 0x56]));
    if (at >= 0) head[at + 5] = 0x42;
  }
  return head;
}

/** Group 2 is always explicit and little endian; what follows may not be. */
function syntaxOf(bytes: ByteSource, head: Uint8Array): string {
  const syntax = dicomParser.readPart10Header(head).string('x00020010') ?? '';
  if (UNREAD.includes(syntax) || syntax === '') {
    throw new UniCellError(
      'IMAGE_UNSUPPORTED',
      `${bytes.label} is a DICOM file in ${syntax ? syntaxName(syntax) : 'no transfer syntax'}, which is not read from files. Convert it, for instance with \`dcmconv +te\`.`,
    );
  }
  return syntax;
}

/**
 * Where each frame lies: of plain pixels one after the other, of others in fragments that tables place, or one
 * fragment a frame where there are no tables (PS3.5, annex A.4).
 */
export class FrameIndex {
  readonly #file: DicomFile;
  readonly #frames: number;
  readonly #plainBytes: number;
  #places: Promise<readonly (readonly [from: number, to: number])[]> | undefined;

  /** @param plainBytes Of a frame, decoded. */
  constructor(file: DicomFile, frames: number, plainBytes: number) {
    this.#file = file;
    this.#frames = frames;
    this.#plainBytes = plainBytes;
  }

  /**
   * @param frame From 1.
   * @throws {UniCellError} `IMAGE_UNREADABLE`.
   */
  async read(frame: number, signal?: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
    const { bytes, pixelsAt, transferSyntax } = this.#file;
    if (pixelsAt === undefined || frame < 1 || frame > this.#frames) throw this.#damaged(frame);
    if (codecOf(transferSyntax) === 'native') {
      const from = pixelsAt + (frame - 1) * this.#plainBytes;
      return Uint8Array.from(await bytes.read(from, this.#plainBytes, signal));
    }
    this.#places ??= this.#find();
    // Looked for once, for all.
    const place = (await untilAborted(this.#places, signal))[frame - 1];
    if (!place) throw this.#damaged(frame);
    return joinFragments(await bytes.read(place[0], place[1] - place[0], signal));
  }

  async #find(): Promise<readonly (readonly [number, number])[]> {
    const { bytes, offsets, lengths } = this.#file;
    const pixelsAt = this.#file.pixelsAt!;
    const tableBytes = (await this.#header(pixelsAt)).length;
    const first = pixelsAt + 8 + tableBytes;
    if (offsets && lengths && offsets.length >= this.#frames) {
      return Array.from({ length: this.#frames }, (_, i) => {
        const from = first + Number(offsets[i]);
        return [from, from + 8 + Number(lengths[i])] as const;
      });
    }
    if (tableBytes >= 4 * this.#frames) {
      const table = await bytes.read(pixelsAt + 8, tableBytes);
      const view = new DataView(table.buffer, table.byteOffset, table.byteLength);
      const starts = Array.from(
        { length: this.#frames },
        (_, i) => first + view.getUint32(4 * i, true),
      );
      const end = await this.#endAfter(starts.at(-1)!);
      return starts.map((from, i) => [from, starts[i + 1] ?? end] as const);
    }
    const places: (readonly [number, number])[] = [];
    for (let at = first; places.length < this.#frames && at + 8 <= bytes.size; ) {
      const { tag, length } = await this.#header(at);
      if (tag !== ITEM) break;
      places.push([at, at + 8 + length]);
      at += 8 + length;
    }
    return places;
  }

  /** The end of the last frame, which may have several fragments. */
  async #endAfter(start: number): Promise<number> {
    let at = start;
    for (;;) {
      const { tag, length } = await this.#header(at);
      if (tag === END || tag !== ITEM) return at;
      at += 8 + length;
      if (at + 8 > this.#file.bytes.size) return at;
    }
  }

  async #header(at: number): Promise<{ tag: number; length: number }> {
    const head = await this.#file.bytes.read(at, 8);
    const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
    const tag = view.getUint16(0, true) * 0x10000 + view.getUint16(2, true);
    return { tag, length: view.getUint32(4, true) };
  }

  #damaged(frame: number): UniCellError {
    return new UniCellError(
      'IMAGE_UNREADABLE',
      `${this.#file.bytes.label} has no frame ${frame} of the ${this.#frames} that it lists. It is damaged or truncated; export it again.`,
    );
  }
}

/** The values of some items, one after the other. */
function joinFragments(items: Uint8Array): Uint8Array<ArrayBuffer> {
  const view = new DataView(items.buffer, items.byteOffset, items.byteLength);
  const parts: Uint8Array[] = [];
  for (let at = 0; at + 8 <= items.length; ) {
    const length = view.getUint32(at + 4, true);
    parts.push(items.subarray(at + 8, at + 8 + length));
    at += 8 + length;
  }
  return Uint8Array.from(Buffer.concat(parts));
}
