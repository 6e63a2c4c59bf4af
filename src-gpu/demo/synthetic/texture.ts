/**
 * Noise planes in image size that all painters share.
 *
 * @module
 */

import type { Random } from '../../../shared/random.ts';
import { type Plane, smoothNoise } from './noise.ts';

/** Each of zero mean and unit variance. */
export interface TissueTexture {
  /** Granules of cytoplasm, about a micrometre. */
  readonly grain: Plane;
  /** Unevenness at the size of a cell's parts, about four micrometres. */
  readonly mottle: Plane;
  /** Looser and denser tissue, tens of micrometres. */
  readonly patches: Plane;
}

/** Draws the planes for an image at `mpp` micrometres per pixel. */
export function tissueTexture(
  width: number,
  height: number,
  mpp: number,
  random: Random,
): TissueTexture {
  return {
    grain: smoothNoise(width, height, 0.8 / mpp, random),
    mottle: smoothNoise(width, height, 3.5 / mpp, random),
    patches: smoothNoise(width, height, 38 / mpp, random),
  };
}
