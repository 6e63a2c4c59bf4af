import { UniCellError } from '../../shared/errors.ts';
import type { Raster } from '../../shared/image/raster.ts';
import { openImage } from '../image/open-image.ts';
import { readBmp } from './bmp.ts';

/**
 * Decodes a picture of a dataset: what `openImage` opens, and bitmaps.
 *
 * @throws {UniCellError} As `openImage`; for a slide that cannot be decoded the message says what can.
 */
export async function openPicture(path: string): Promise<Raster> {
  if (/\.bmp$/i.test(path)) return readBmp(path);
  try {
    return (await openImage(path)).raster;
  } catch (error) {
    if (!(error instanceof UniCellError && /JPEG 2000/.test(error.message))) throw error;
    if (!/\.svs$/i.test(path)) throw error;
    const png = path.replace(/\.svs$/i, '.png');
    throw new UniCellError(
      'IMAGE_UNSUPPORTED',
      `${path} cannot be decoded here (JPEG 2000), and no TIFF or PNG lies beside it. OpenSlide reads it: with a ` +
        `libvips that has OpenSlide, run \`vips copy "${path}" "${png}"\` and import again.`,
      { cause: error },
    );
  }
}
