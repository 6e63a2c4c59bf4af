/**
 * The checksums of a PNG (ISO/IEC 15948, section 5.3), for decoders that do not look at them.
 *
 * @module
 */
import { UniCellError } from '../errors.ts';

/** CRC-32 of single bytes (annex D). */
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let sum = byte;
  for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? 0xedb88320 ^ (sum >>> 1) : sum >>> 1;
  return sum;
});

/**
 * Checks the chunks that pixels come from: header, palette, transparency and data.
 *
 * @throws {UniCellError} `IMAGE_UNREADABLE` when one of them is not what was written.
 */
export function checkPngSums(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 8; at + 12 <= bytes.length; ) {
    const length = view.getUint32(at);
    const end = at + 8 + length;
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    // What lies behind it is not of the picture.
    if (type === 'IEND') return;
    const isOfPixels = ['IHDR', 'PLTE', 'tRNS', 'IDAT'].includes(type);
    const isCut = end + 4 > bytes.length;
    if (isOfPixels && (isCut || sumOf(bytes, at + 4, end) !== view.getUint32(end))) {
      throw new UniCellError(
        'IMAGE_UNREADABLE',
        `The PNG is damaged in its part ${type} at byte ${at}: its checksum is another one. Fetch or export it again.`,
      );
    }
    at = end + 4;
  }
}

/** The checksum of a chunk: its type and its data lie from `start` to `end`. */
export function sumOf(bytes: Uint8Array, start: number, end: number): number {
  let sum = 0xffffffff;
  for (let at = start; at < end; at++) sum = TABLE[(sum ^ bytes[at]!) & 0xff]! ^ (sum >>> 8);
  return (sum ^ 0xffffffff) >>> 0;
}
