/**
 * Opens an image file of any kind that slides come in, as a whole.
 *
 * @module
 */
import { UniCellError } from '../../shared/errors.ts';
import type { Raster } from '../../shared/image/raster.ts';
import { RasterSource } from '../../shared/image/raster-source.ts';
import type { ImageSource } from '../../shared/image/source.ts';
import { defaultMaxPixels, openSlide } from './open-slide.ts';
import type { Slide, SlideWarning } from './slide.ts';

export interface OpenedImage {
  /** The image for the core; its `mpp` is what the header states, if it states a measured one. */
  readonly source: ImageSource;
  /** The same pixels, for drawing. */
  readonly raster: Raster;
  readonly bounds: Slide['bounds'];
  /** What a user should know about how the file was read. */
  readonly warnings: readonly SlideWarning[];
}

/**
 * Opens an image, or the full resolution of a slide, and decodes all of it.
 *
 * @param maxPixels Largest `width * height` that is decoded; the header is checked first.
 * @throws {UniCellError} As `openSlide`, and as {@link readImage}.
 */
export async function openImage(
  path: string,
  maxPixels: number = defaultMaxPixels,
): Promise<OpenedImage> {
  const slide = await openSlide(path, { maxPixels });
  try {
    return await readImage(slide, path, maxPixels);
  } finally {
    await slide.close();
  }
}

/**
 * Reads all of a slide that is open.
 *
 * @param name What it is called in messages.
 * @throws {UniCellError} `IMAGE_TOO_LARGE`, and what reading throws.
 */
export async function readImage(
  slide: Slide,
  name: string,
  maxPixels: number = defaultMaxPixels,
): Promise<OpenedImage> {
  const { width, height, mpp, bounds, warnings } = slide;
  if (width * height > maxPixels) {
    throw new UniCellError(
      'IMAGE_TOO_LARGE',
      `${name} is ${width} x ${height} pixels (${Math.round((width * height) / 1e6)} megapixels); at most ` +
        `${Math.round(maxPixels / 1e6)} megapixels are decoded at once. Cut a region out of it, or pass a smaller level.`,
    );
  }
  const raster = await slide.read({ x: 0, y: 0, width, height }, slide);
  return { source: new RasterSource(raster, mpp), raster, bounds, warnings };
}
