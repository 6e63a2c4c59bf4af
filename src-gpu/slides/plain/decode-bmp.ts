/**
 * Windows bitmaps (BITMAPINFOHEADER and the headers that extend it), which libvips is built without: plain pixels of
 * 1, 4 or 8 bits with a palette, 24 or 32 bits.
 *
 * @module
 */
import { UniCellError } from '../../../shared/errors.ts';
import type { Raster } from '../../../shared/image/raster.ts';
import type { Size } from '../../../shared/image/source.ts';

interface Header extends Size {
  readonly bits: number;
  readonly isTopDown: boolean;
  readonly pixelsAt: number;
  /** Blue, green, red and an unused byte for each index. */
  readonly palette: Uint8Array;
}

const INFO_HEADER_BYTES = 40;
const NAMES = ['plain', 'RLE8', 'RLE4', 'bit fields', 'JPEG', 'PNG'];
/** Red, green, blue of 32-bit pixels that are stored as most are. */
const COMMON_MASKS = [0xff0000, 0xff00, 0xff];

/**
 * Reads the header.
 *
 * @throws {UniCellError} `IMAGE_UNSUPPORTED` for other kinds, `IMAGE_UNREADABLE` for a file that ends too early.
 */
export function readBmpHeader(label: string, bytes: Uint8Array): Header {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const damaged = () =>
    new UniCellError(
      'IMAGE_UNREADABLE',
      `${label} is a BMP of ${bytes.length} bytes that is damaged or truncated. Export it again.`,
    );
  if (bytes.length < 14 + INFO_HEADER_BYTES) throw damaged();
  const pixelsAt = view.getUint32(10, true);
  const headerBytes = view.getUint32(14, true);
  const [width, rows] = [view.getInt32(18, true), view.getInt32(22, true)];
  const [bits, compression] = [view.getUint16(28, true), view.getUint32(30, true)];
  const masks = [54, 58, 62].map((at) => (at + 4 <= bytes.length ? view.getUint32(at, true) : 0));
  const isCommon = bits === 32 && masks.every((mask, i) => mask === COMMON_MASKS[i]);
  const isPlain = compression === 0 || (compression === 3 && isCommon);
  if (headerBytes < INFO_HEADER_BYTES || !isPlain || ![1, 4, 8, 24, 32].includes(bits)) {
    throw new UniCellError(
      'IMAGE_UNSUPPORTED',
      `${label} is a BMP of ${bits} bits (${NAMES[compression] ?? `compression ${compression}`}); read are plain ones of 1, 4, 8, 24 and 32 bits. Export it as PNG.`,
    );
  }
  const height = Math.abs(rows);
  const colours = bits > 8 ? 0 : view.getUint32(46, true) || 2 ** bits;
  const palette = bytes.subarray(14 + headerBytes, 14 + headerBytes + 4 * colours);
  const isWhole =
    width > 0 && height > 0 && pixelsAt + rowBytes(width, bits) * height <= bytes.length;
  if (!isWhole || palette.length < 4 * colours) throw damaged();
  return { width, height, bits, isTopDown: rows < 0, pixelsAt, palette };
}

/**
 * Decodes the pixels.
 *
 * @param header Of these bytes.
 */
export function decodeBmp(bytes: Uint8Array, header: Header): Raster {
  const { width, height, bits, isTopDown, pixelsAt, palette } = header;
  const data = new Uint8Array(width * height * 3);
  const stride = rowBytes(width, bits);
  for (let y = 0, to = 0; y < height; y++) {
    const row = pixelsAt + (isTopDown ? y : height - 1 - y) * stride;
    for (let x = 0; x < width; x++, to += 3) {
      let [from, source] = [row + (x * bits) / 8, bytes];
      if (bits <= 8) {
        const bit = x * bits;
        const shift = 8 - bits - (bit % 8);
        const index = (bytes[row + Math.floor(bit / 8)]! >> shift) & (2 ** bits - 1);
        [from, source] = [4 * index, palette];
      }
      data[to] = source[from + 2] ?? 0;
      data[to + 1] = source[from + 1] ?? 0;
      data[to + 2] = source[from] ?? 0;
    }
  }
  return { width, height, data };
}

/** Rows are padded to four bytes. */
function rowBytes(width: number, bits: number): number {
  return Math.ceil((width * bits) / 32) * 4;
}
