/**
 * From a published picture to the one that is written.
 *
 * @module
 */
import { copyFile, writeFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import type { Raster } from '../../../shared/image/raster.ts';
import { RasterSource } from '../../../shared/image/raster-source.ts';
import { sizeAtMpp } from '../../../shared/image/resolution.ts';
import type { Size } from '../../../shared/image/source.ts';
import { encodePng } from '../../overlay/overlay.ts';
import { openImage } from '../../slides/open-image.ts';
import { readBmp } from './bmp.ts';

export interface ConvertedImage {
  /** File name in the folder. */
  readonly file: string;
  readonly size: Size;
  /** Micrometres per pixel, with the rounding of `size` to whole pixels; the geometric mean of both axes. */
  readonly mpp: number;
}

/**
 * Decodes a picture of a dataset: what `openImage` opens, and bitmaps.
 *
 * @throws {UniCellError} As `openImage` and `readBmp`.
 */
export async function openSourceImage(path: string): Promise<Raster> {
  return /\.bmp$/i.test(path) ? readBmp(path) : (await openImage(path)).raster;
}

/** Formats that Python and sharp read alike: copied as they are when nothing is resampled. */
const kept = /^\.(png|jpe?g)$/i;

/**
 * Writes a picture into `folder`, resampled as the model resamples (antialiased bicubic), as PNG; copied
 * byte for byte when its resolution is kept and it is PNG or JPEG already.
 *
 * @param path Where `raster` came from.
 * @param mpp Micrometres per pixel of `raster`.
 * @param wantedMpp Micrometres per pixel to resample to; `undefined` keeps the resolution.
 */
export async function convertImage(
  { path, name, raster, mpp }: { path: string; name: string; raster: Raster; mpp: number },
  wantedMpp: number | undefined,
  folder: string,
): Promise<ConvertedImage> {
  const { width, height } = raster;
  const size = wantedMpp === undefined ? { width, height } : sizeAtMpp(raster, mpp, wantedMpp);
  const isSame = size.width === width && size.height === height;
  if (isSame && kept.test(extname(path))) {
    const file = name + extname(path).toLowerCase();
    await copyFile(path, join(folder, file));
    return { file, size, mpp };
  }
  const whole = { x: 0, y: 0, ...size };
  const resampled = isSame ? raster : await new RasterSource(raster).read(whole, size);
  const file = `${name}.png`;
  await writeFile(join(folder, file), await encodePng(resampled));
  const area = (width * height) / (size.width * size.height);
  return { file, size, mpp: mpp * Math.sqrt(area) };
}
