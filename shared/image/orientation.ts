/**
 * The orientation that a JPEG, PNG or WebP file asks viewers to show it in: tag 274 of its Exif data.
 *
 * @module
 */
import type { ImageType } from './image-header.ts';
import { sumOf } from './png-sums.ts';

const EXIF = 'Exif\0\0';
const ORIENTATION = 274;
const UPRIGHT = 1;

/** Where a file says it. */
interface Place {
  /** Of the value, in the Exif data. */
  readonly at: number;
  readonly isLittleEndian: boolean;
  readonly value: number;
}

/** 1 to 8; 1 where the file says nothing, or nothing that can be. */
export function orientationOf(bytes: Uint8Array, type: ImageType): number {
  const { value = UPRIGHT } = find(bytes, type)?.place ?? {};
  return value >= 1 && value <= 8 ? value : UPRIGHT;
}

/**
 * The same file, which asks nobody to turn it: browsers turn what they decode, and cannot be told to leave it.
 *
 * @returns `bytes` itself where it asks for nothing.
 */
export function withoutOrientation(
  bytes: Uint8Array<ArrayBuffer>,
  type: ImageType,
): Uint8Array<ArrayBuffer> {
  const found = find(bytes, type);
  if (found === undefined || found.place.value === UPRIGHT) return bytes;
  const start = found.exif.byteOffset - bytes.byteOffset;
  const end = start + found.exif.length;
  const upright = bytes.slice();
  const view = new DataView(upright.buffer);
  view.setUint16(start + found.place.at, UPRIGHT, found.place.isLittleEndian);
  if (type === 'image/png') view.setUint32(end, sumOf(upright, start - 4, end));
  return upright;
}

function find(bytes: Uint8Array, type: ImageType) {
  try {
    const exif = exifOf(bytes, type);
    const place = exif && placeOf(exif);
    return place && { exif, place };
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** @param subject The picture, beginning a sentence. */
export function orientationWarning(subject: string, orientation: number) {
  return {
    code: 'ORIENTATION_IGNORED',
    detail: `${subject} asks viewers to turn it (orientation ${orientation}); coordinates are those of the pixels as stored.`,
  };
}

function exifOf(bytes: Uint8Array, type: ImageType): Uint8Array | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (type === 'image/jpeg') return jpegExif(bytes, view);
  if (type === 'image/png') return chunk(bytes, view, { start: 8, name: 'eXIf', isPng: true });
  if (type !== 'image/webp') return undefined;
  const found = chunk(bytes, view, { start: 12, name: 'EXIF', isPng: false });
  return found && text(found, 0, 6) === EXIF ? found.subarray(6) : found;
}

/** Segment APP1 (Exif 2.3, section 4.5.4), before the scans. */
function jpegExif(bytes: Uint8Array, view: DataView): Uint8Array | undefined {
  for (let at = 2; at + 4 <= bytes.length; ) {
    const marker = view.getUint16(at);
    if (marker === 0xffda || marker < 0xff00) return undefined;
    const length = view.getUint16(at + 2);
    const isExif = marker === 0xffe1 && text(bytes, at + 4, 6) === EXIF;
    if (isExif) return bytes.subarray(at + 10, at + 2 + length);
    at += 2 + length;
  }
  return undefined;
}

interface ChunkPlace {
  readonly start: number;
  readonly name: string;
  /** Length before the name and a checksum behind; RIFF has the length behind the name and pads to even. */
  readonly isPng: boolean;
}

function chunk(bytes: Uint8Array, view: DataView, { start, name, isPng }: ChunkPlace) {
  for (let at = start; at + 8 <= bytes.length; ) {
    const length = isPng ? view.getUint32(at) : view.getUint32(at + 4, true);
    if (text(bytes, isPng ? at + 4 : at, 4) === name) {
      return bytes.subarray(at + 8, at + 8 + length);
    }
    at += 8 + length + (isPng ? 4 : length % 2);
  }
  return undefined;
}

/** In the first directory of the TIFF that Exif data are. */
function placeOf(exif: Uint8Array): Place | undefined {
  const view = new DataView(exif.buffer, exif.byteOffset, exif.byteLength);
  const isLittleEndian = view.getUint16(0) === 0x4949;
  const directory = view.getUint32(4, isLittleEndian);
  const count = view.getUint16(directory, isLittleEndian);
  for (let i = 0; i < count; i++) {
    const entry = directory + 2 + 12 * i;
    if (view.getUint16(entry, isLittleEndian) !== ORIENTATION) continue;
    return { at: entry + 8, isLittleEndian, value: view.getUint16(entry + 8, isLittleEndian) };
  }
  return undefined;
}

function text(bytes: Uint8Array, at: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + length));
}
