/**
 * libtiff's own tools (libtiff-tools), as readers that know nothing of ours.
 *
 * @module
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import type { Raster } from '../../shared/image/raster.ts';

/** Whether `tiff2rgba` is there; says so when it is not. */
export function hasTiff2Rgba(): boolean {
  const isThere = spawnSync('tiff2rgba', []).error === undefined;
  if (!isThere) console.warn('SKIPPED: no tiff2rgba (libtiff-tools) to compare pixels with.');
  return isThere;
}

/** The first page of a TIFF as libtiff turns it into RGB. */
export async function readByLibtiff(path: string): Promise<Raster> {
  const out = `${path}.rgba.tif`;
  const { status, stderr } = spawnSync('tiff2rgba', ['-c', 'none', path, out], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`tiff2rgba ended with ${status}: ${stderr}`);
  const { data, info } = await sharp(readFileSync(out))
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data };
}

/** The largest difference of two samples, and the mean one. */
export function difference(a: Uint8Array, b: Uint8Array): { most: number; mean: number } {
  if (a.length !== b.length) throw new Error(`${a.length} and ${b.length} samples`);
  let [most, sum] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    const distance = Math.abs(a[i]! - b[i]!);
    most = Math.max(most, distance);
    sum += distance;
  }
  return { most, mean: sum / a.length };
}
