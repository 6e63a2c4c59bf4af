/**
 * How crowded a place is.
 *
 * @module
 */
import KDBush from 'kdbush';
import type { Size } from '../image/source.ts';
import { quantile } from '../scoring/bootstrap.ts';
import type { Points } from '../scoring/labelled-points.ts';
import type { PlaceValue, Strata } from './strata.ts';

/** Half the side of the square around a place in which nuclei are counted, in micrometres. */
const HALF_SIDE_UM = 25;

/**
 * The density of true nuclei around a place, per square millimetre: of the square of 50 x 50 um around it the
 * part that lies in the image. A true nucleus does not count itself.
 *
 * @param mpp Micrometres per pixel.
 */
export function localDensity(truth: Points, { width, height }: Size, mpp: number): PlaceValue {
  const { x: xs, y: ys } = truth;
  const half = HALF_SIDE_UM / mpp;
  const index = xs.length > 0 ? new KDBush(xs.length) : undefined;
  for (let row = 0; row < xs.length; row++) index!.add(xs[row]!, ys[row]!);
  index?.finish();
  const density = (x: number, y: number, own: number) => {
    const [left, right] = [Math.max(0, x - half), Math.min(width, x + half)];
    const [top, bottom] = [Math.max(0, y - half), Math.min(height, y + half)];
    const areaMm2 = (right - left) * (bottom - top) * (mpp / 1000) ** 2;
    return ((index?.range(left, top, right, bottom).length ?? 0) - own) / areaMm2;
  };
  return {
    ofTruth: (row) => density(xs[row]!, ys[row]!, 1),
    at: (x, y) => density(x, y, 0),
  };
}

/**
 * Strata with equally many true nuclei each, as far as equal densities allow.
 *
 * @param densities Of all true nuclei; at least one.
 * @param count How many strata; fewer where their edges would be the same.
 */
export function densityStrata(densities: readonly number[], count: number): Strata {
  const sorted = Float64Array.from(densities).sort();
  const cuts = Array.from({ length: count - 1 }, (_, i) => quantile(sorted, (i + 1) / count));
  const edges = [...new Set(cuts)].filter((edge) => edge > sorted[0]!);
  const text = edges.map((edge) => edge.toFixed(0));
  const names = [...text, undefined].map((to, i) => {
    const from = text[i - 1];
    if (from === undefined) return to === undefined ? 'all' : `below ${to} per mm2`;
    return to === undefined ? `from ${from} per mm2` : `${from} to ${to} per mm2`;
  });
  return { edges, names };
}
