/**
 * Plain pixels of a frame (DICOM PS3.5, section 8.1.1).
 *
 * @module
 */
import { UniCellError } from '../errors.ts';
import type { Raster } from '../image/raster.ts';
import { plainBytes } from './frame-codec.ts';
import type { FramePixels } from './wsm-instance.ts';

/**
 * Turns the plain pixels of a frame into RGB.
 *
 * @throws {UniCellError} `IMAGE_UNREADABLE` when they are too few; `IMAGE_UNSUPPORTED` for more than 8 bits,
 *   palettes and other colours than RGB and grey.
 */
export function rasterOfPlain(bytes: Uint8Array<ArrayBuffer>, pixels: FramePixels): Raster {
  const { tile, samples, bitsAllocated, photometric, isPlanar } = pixels;
  const isRgb = samples === 3 && photometric === 'RGB';
  const isGrey = samples === 1 && photometric === 'MONOCHROME2';
  if (bitsAllocated !== 8 || !(isRgb || isGrey)) {
    throw new UniCellError(
      'IMAGE_UNSUPPORTED',
      `The frames are plain pixels of ${samples} samples with ${bitsAllocated} bits (${photometric || 'no Photometric Interpretation'}); read are RGB and MONOCHROME2 with 8 bits.`,
    );
  }
  const expected = plainBytes(pixels);
  if (bytes.length < expected) {
    throw new UniCellError(
      'IMAGE_UNREADABLE',
      `A frame has ${bytes.length} bytes; ${tile.width} x ${tile.height} pixels of ${samples} samples have ${expected}.`,
    );
  }
  const { width, height } = tile;
  if (isRgb && !isPlanar) return { width, height, data: bytes.subarray(0, expected) };
  const count = width * height;
  const data = new Uint8Array(count * 3);
  const step = isGrey ? 0 : count;
  for (let i = 0; i < count; i++) {
    data[3 * i] = bytes[i]!;
    data[3 * i + 1] = bytes[i + step]!;
    data[3 * i + 2] = bytes[i + 2 * step]!;
  }
  return { width, height, data };
}
