/**
 * A plain image as a slide of one level.
 *
 * @module
 */
import { fingerprintOf } from '../fingerprint.ts';
import { rasterPixels } from '../pyramid/pixels.ts';
import { PyramidSlide } from '../pyramid/pyramid-slide.ts';
import type { Slide } from '../slide.ts';
import type { SlideFile } from '../slide-file.ts';
import { pageName } from '../tiff/choose-page.ts';
import { decodePlain } from './decode-plain.ts';
import type { PlainImageDecoder } from './decode-plain-image.ts';

/**
 * Decodes an image as a whole and keeps it.
 *
 * @param maxPixels Largest `width * height`: 3 bytes of memory for each.
 * @param cacheBytes Bytes of resampled pixels that are kept besides.
 * @param decode Where it is decoded; in this process when left out.
 * @throws {UniCellError} As `decodePlain`.
 */
export async function openPlainSlide(
  file: SlideFile,
  maxPixels: number,
  cacheBytes: number,
  decode?: PlainImageDecoder,
): Promise<Slide> {
  const { raster, mpp, warnings } = await decodePlain(file, maxPixels, decode);
  return new PyramidSlide({
    reader: 'plain',
    vendor: file.vendor?.id,
    mpp,
    levels: [rasterPixels(raster)],
    bounds: undefined,
    warnings,
    cacheBytes,
    fingerprint: (signal) => fingerprintOf(file.bytes, pageName(file.chosen), signal),
    close: () => file.bytes.close(),
  });
}
