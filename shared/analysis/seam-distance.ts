/**
 * How near a place is to where two windows meet.
 *
 * @module
 */
import type { Size } from '../image/source.ts';
import type { Points } from '../scoring/labelled-points.ts';
import type { WindowList } from '../tiling/plan-windows.ts';
import type { PlaceValue, Strata } from './strata.ts';

/**
 * The distance to the nearest border between the cores of two windows, in micrometres; infinite where one
 * window owns the whole image.
 *
 * @param truth In pixels of the image, as all places.
 * @param windows Of the image's level.
 * @param mpp Micrometres per pixel of the image.
 */
export function seamDistance(
  truth: Points,
  windows: WindowList,
  image: Size,
  mpp: number,
): PlaceValue {
  const { level } = windows;
  const columns = new Set<number>();
  const rows = new Set<number>();
  for (const { core } of windows) {
    if (core.x > 0) columns.add((core.x * image.width) / level.width);
    if (core.y > 0) rows.add((core.y * image.height) / level.height);
  }
  const nearest = (lines: ReadonlySet<number>, to: number) => {
    let distance = Infinity;
    for (const line of lines) distance = Math.min(distance, Math.abs(line - to));
    return distance;
  };
  const at = (x: number, y: number) => mpp * Math.min(nearest(columns, x), nearest(rows, y));
  return { at, ofTruth: (row) => at(truth.x[row]!, truth.y[row]!) };
}

/** Within the match radius, within a nucleus, within the halo of 16 um, beyond. */
export const SEAM_STRATA: Strata = {
  edges: [3, 8, 16],
  names: ['below 3 um', '3 to 8 um', '8 to 16 um', 'from 16 um'],
};
