/**
 * What every image source does around its pixels: it checks what was asked for, reads the part that
 * exists, and lays it on white.
 *
 * @module
 */
import { throwIfCanceled } from '../cancel.ts';
import { UniCellError } from '../errors.ts';
import type { Raster } from './raster.ts';
import type { Region, Size } from './source.ts';

const WHITE = 255;

/**
 * Reads `region` of a level; what lies outside the level is white, as glass.
 *
 * @param readInside Reads a region that lies inside the level.
 * @throws {UniCellError} `INVALID_OPTIONS` for a region or a level without whole pixels, `CANCELED`, and
 *   what `readInside` throws.
 */
export async function readOnWhite(
  region: Region,
  level: Size,
  signal: AbortSignal | undefined,
  readInside: (inside: Region) => Raster | Promise<Raster>,
): Promise<Raster> {
  throwIfCanceled(signal);
  if (!isSize(region) || !isSize(level) || !Number.isInteger(region.x + region.y)) {
    throw new UniCellError(
      'INVALID_OPTIONS',
      `Cannot read ${JSON.stringify(region)} of the plane ${JSON.stringify(level)}; give whole pixels and at least 1 x 1 of them.`,
    );
  }
  const x = Math.max(0, region.x);
  const y = Math.max(0, region.y);
  const width = Math.min(level.width, region.x + region.width) - x;
  const height = Math.min(level.height, region.y + region.height) - y;
  if (width === region.width && height === region.height) return readInside(region);
  const data = new Uint8Array(region.width * region.height * 3).fill(WHITE);
  const whole = { width: region.width, height: region.height, data };
  if (width > 0 && height > 0) {
    const inside = await readInside({ x, y, width, height });
    copyPixels(inside, { x: 0, y: 0, width, height }, whole, x - region.x, y - region.y);
  }
  return whole;
}

/** Copies `area` of `from` to `(x, y)` of `to`; it must lie inside both. */
export function copyPixels(from: Raster, area: Region, to: Raster, x: number, y: number): void {
  const bytes = area.width * 3;
  for (let row = 0; row < area.height; row++) {
    const start = ((area.y + row) * from.width + area.x) * 3;
    to.data.set(from.data.subarray(start, start + bytes), ((y + row) * to.width + x) * 3);
  }
}

/** Whether this is a size of whole pixels, at least 1 x 1 of them. */
export function isSize({ width, height }: Size): boolean {
  return Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0;
}
