/**
 * The slide of the benchmark: 4096 x 4096 pixels at 0.25 um, as a 40x scanner writes it: a JPEG pyramid in TIFF
 * tiles of 256 pixels. Synthetic tissue, so it needs nobody's data.
 *
 * @module
 */
import { join } from 'node:path';
import sharp from 'sharp';
import { syntheticField } from '../../../src-gpu/demo/synthetic/field.ts';

const SIDE_PX = 4096;
const MPP = 0.25;

export const AREA_MM2 = ((SIDE_PX * MPP) / 1000) ** 2;

/** Writes it into `folder`. @returns Its path. */
export async function writeSlide(folder: string): Promise<string> {
  const size = { width: SIDE_PX, height: SIDE_PX };
  const { raster } = syntheticField({ ...size, mpp: MPP, seed: 5 });
  const path = join(folder, 'pyramid.tif');
  const perMm = 1000 / MPP;
  await sharp(raster.data, { raw: { ...size, channels: 3 } })
    .tiff({
      compression: 'jpeg',
      quality: 85,
      tile: true,
      tileWidth: 256,
      tileHeight: 256,
      pyramid: true,
      resolutionUnit: 'cm',
      xres: perMm,
      yres: perMm,
    })
    .toFile(path);
  return path;
}
