/**
 * What the first bytes of an image file say: its kind and its size, before anything is decoded. A file
 * of 40 kB can promise gigapixels.
 *
 * @module
 */

import { UniCellError } from '../errors.ts';
import { checkScans } from './jpeg-scans.ts';
import type { Size } from './source.ts';

export type ImageType = 'image/jpeg' | 'image/png' | 'image/webp' | 'image/tiff' | 'image/bmp';

/** Kinds whose size is told before they are decoded. */
export type SizedImageType = Exclude<ImageType, 'image/tiff' | 'image/bmp'>;

/** The kind of an image file by its first bytes; `undefined` for anything else. */
export function sniffImage(bytes: Uint8Array): ImageType | undefined {
  const text = latin1(bytes, 0, 12);
  if (text.startsWith('\xff\xd8\xff')) return 'image/jpeg';
  if (text.startsWith('\x89PNG\r\n\x1a\n')) return 'image/png';
  if (text.startsWith('RIFF') && text.endsWith('WEBP')) return 'image/webp';
  const isTiff = ['II*\0', 'MM\0*', 'II+\0', 'MM\0+'].some((magic) => text.startsWith(magic));
  if (isTiff) return 'image/tiff';
  // Two letters are few: the four bytes between its size and its pixels are zero.
  const isBmp = text.startsWith('BM') && bytes.length >= 12 && text.slice(6, 10) === '\0\0\0\0';
  return isBmp ? 'image/bmp' : undefined;
}

/**
 * The size that the header of a JPEG, PNG or WebP file states.
 *
 * @throws {UniCellError} `IMAGE_UNREADABLE` when the header is damaged, the file ends too early, or a JPEG has
 *   more scans than any encoder writes.
 */
export function imageSizeOf(bytes: Uint8Array, type: SizedImageType): Size {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let size: Size | undefined;
  try {
    if (type === 'image/png') size = pngSize(view);
    else if (type === 'image/webp') size = webpSize(view);
    else size = jpegSize(view);
  } catch (error) {
    // Reading beyond the end of the view.
    if (!(error instanceof RangeError)) throw error;
  }
  if (size === undefined || size.width < 1 || size.height < 1) {
    throw new UniCellError(
      'IMAGE_UNREADABLE',
      `The ${type} file of ${bytes.length} bytes is damaged or truncated: it does not hold a whole picture. Export it again.`,
    );
  }
  return size;
}

/** The chunks must reach the last one (PNG, section 5); some programs leave other bytes behind it, which no reader looks at. */
function pngSize(view: DataView): Size | undefined {
  const nameAt = (at: number) => latin1(bytesOf(view), at + 4, 4);
  if (nameAt(8) !== 'IHDR') return undefined;
  let at = 8;
  while (nameAt(at) !== 'IEND') {
    if (at + 12 > view.byteLength) return undefined;
    at += 12 + view.getUint32(at);
  }
  return { width: view.getUint32(16), height: view.getUint32(20) };
}

/** Walks the segments to the frame header, then makes sure that the scans end (ITU-T T.81, annex B). */
function jpegSize(view: DataView): Size | undefined {
  let size: Size | undefined;
  let at = 2;
  while (at < view.byteLength) {
    if (view.getUint8(at) !== 0xff) return undefined;
    const marker = view.getUint8(at + 1);
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    const length = view.getUint16(at + 2);
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) size = { height: view.getUint16(at + 5), width: view.getUint16(at + 7) };
    // In entropy-coded data FF D9 stands only at the end of the image.
    if (marker === 0xda) {
      if (!hasEnd(view, at)) return undefined;
      checkScans(bytesOf(view), 'The picture', at);
      return size;
    }
    at += 2 + length;
  }
  return undefined;
}

function hasEnd(view: DataView, from: number): boolean {
  for (let at = view.byteLength - 2; at > from; at--) {
    if (view.getUint8(at) === 0xff && view.getUint8(at + 1) === 0xd9) return true;
  }
  return false;
}

/** Simple lossy, simple lossless and extended files (RFC 9649, section 2). */
function webpSize(view: DataView): Size | undefined {
  if (view.getUint32(4, true) + 8 > view.byteLength) return undefined;
  const uint24 = (at: number) => view.getUint16(at, true) + (view.getUint8(at + 2) << 16);
  switch (latin1(bytesOf(view), 12, 4)) {
    case 'VP8 ':
      return {
        width: view.getUint16(26, true) & 0x3fff,
        height: view.getUint16(28, true) & 0x3fff,
      };
    case 'VP8L': {
      const bits = view.getUint32(21, true);
      return { width: (bits & 0x3fff) + 1, height: ((bits >> 14) & 0x3fff) + 1 };
    }
    case 'VP8X':
      return { width: uint24(24) + 1, height: uint24(27) + 1 };
    default:
      return undefined;
  }
}

function bytesOf({ buffer, byteOffset, byteLength }: DataView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function latin1(bytes: Uint8Array, at: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(Math.max(0, at), Math.max(0, at) + length));
}
