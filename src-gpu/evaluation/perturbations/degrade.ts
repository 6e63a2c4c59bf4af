/**
 * What scanners, files and other magnifications do to a picture, by libvips.
 *
 * @module
 */
import sharp, { type Sharp } from 'sharp';
import type { Raster } from '../../../shared/image/raster.ts';
import { sizeAtMpp } from '../../../shared/image/resolution.ts';
import type { ResolvedImage } from './resolved-image.ts';

/** Writes a picture as JPEG, with colour at half the resolution as most slides have it, and reads it again. */
export async function throughJpeg(raster: Raster, quality: number): Promise<Raster> {
  const jpeg = await sharpOf(raster).jpeg({ quality, chromaSubsampling: '4:2:0' }).toBuffer();
  return rasterOf(sharp(jpeg));
}

/** Blurs by a Gaussian. @param sigmaPx Its standard deviation, in pixels of the picture. */
export async function blur(raster: Raster, sigmaPx: number): Promise<Raster> {
  // The mask is cut where it falls below a thousandth of its middle: at 3.7 standard deviations.
  return rasterOf(
    sharpOf(raster).blur({ sigma: sigmaPx, precision: 'float', minAmplitude: 0.001 }),
  );
}

/**
 * Brings a picture to another resolution, antialiased bicubic.
 *
 * @returns With the resolution that a pixel truly has, after its size was rounded to whole pixels: the
 *   geometric mean of both axes.
 */
export async function resampleTo(
  { raster, mpp }: ResolvedImage,
  wantedMpp: number,
): Promise<ResolvedImage> {
  const size = sizeAtMpp(raster, mpp, wantedMpp);
  const { width, height } = size;
  const area = (raster.width * raster.height) / (width * height);
  const resized = sharpOf(raster).resize({ width, height, fit: 'fill', kernel: 'cubic' });
  return { raster: await rasterOf(resized), mpp: mpp * Math.sqrt(area) };
}

function sharpOf({ width, height, data }: Raster): Sharp {
  return sharp(data, { raw: { width, height, channels: 3 } });
}

async function rasterOf(picture: Sharp): Promise<Raster> {
  const { data, info } = await picture.raw().toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data: new Uint8Array(data) };
}
