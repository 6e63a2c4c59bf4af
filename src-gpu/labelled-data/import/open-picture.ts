import type { Raster } from '../../../shared/image/raster.ts';
import { openImage } from '../../slides/open-image.ts';
import { readBmp } from './bmp.ts';

/**
 * Decodes a picture of a dataset: what `openImage` opens, and bitmaps.
 *
 * @throws {UniCellError} As `openImage` and `readBmp`.
 */
export async function openPicture(path: string): Promise<Raster> {
  return /\.bmp$/i.test(path) ? readBmp(path) : (await openImage(path)).raster;
}
