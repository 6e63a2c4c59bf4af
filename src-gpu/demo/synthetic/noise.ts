/**
 * Band-limited noise: a lattice of random values under a cubic B-spline.
 *
 * @module
 */
import type { Random } from '../../../shared/random.ts';

/** A plane of floats, row by row. */
export interface Plane {
  readonly width: number;
  readonly height: number;
  readonly data: Float32Array;
}

/** Mean over the phase of the sum of squared cubic B-spline weights: the variance left per axis. */
const SPLINE_VARIANCE = 151 / 315;

/**
 * Smooth noise of zero mean and unit variance.
 *
 * @param cell Lattice spacing in pixels: features are about this wide. At 1 or less it is white noise.
 */
export function smoothNoise(width: number, height: number, cell: number, random: Random): Plane {
  const data = new Float32Array(width * height);
  if (cell <= 1) {
    for (let i = 0; i < data.length; i++) data[i] = random.triangular();
    return { width, height, data };
  }
  const columns = Math.ceil(width / cell) + 4;
  const rows = Math.ceil(height / cell) + 4;
  const lattice = new Float32Array(columns * rows);
  for (let i = 0; i < lattice.length; i++) lattice[i] = random.triangular() / SPLINE_VARIANCE;

  const column = new Int32Array(width);
  const weights = new Float32Array(width * 4);
  for (let x = 0; x < width; x++) {
    column[x] = Math.floor(x / cell);
    weights.set(splineWeights(x / cell - column[x]!), x * 4);
  }
  const blended = new Float32Array(columns);
  for (let y = 0; y < height; y++) {
    const row = Math.floor(y / cell);
    const [w0, w1, w2, w3] = splineWeights(y / cell - row);
    for (let i = 0, at = row * columns; i < columns; i++, at++) {
      blended[i] =
        w0 * lattice[at]! +
        w1 * lattice[at + columns]! +
        w2 * lattice[at + 2 * columns]! +
        w3 * lattice[at + 3 * columns]!;
    }
    for (let x = 0, out = y * width; x < width; x++, out++) {
      const i = column[x]!;
      const w = x * 4;
      data[out] =
        weights[w]! * blended[i]! +
        weights[w + 1]! * blended[i + 1]! +
        weights[w + 2]! * blended[i + 2]! +
        weights[w + 3]! * blended[i + 3]!;
    }
  }
  return { width, height, data };
}

/** The value of the pixel that holds `(x, y)`, clamped to the plane. */
export function sampleNearest(plane: Plane, x: number, y: number): number {
  const column = Math.min(plane.width - 1, Math.max(0, Math.floor(x)));
  const row = Math.min(plane.height - 1, Math.max(0, Math.floor(y)));
  return plane.data[row * plane.width + column]!;
}

function splineWeights(t: number): [number, number, number, number] {
  const s = 1 - t;
  return [
    (s * s * s) / 6,
    (3 * t * t * t - 6 * t * t + 4) / 6,
    (3 * s * s * s - 6 * s * s + 4) / 6,
    (t * t * t) / 6,
  ];
}

/** Hermite step from 0 at `low` to 1 at `high`. */
export function smoothstep(low: number, high: number, value: number): number {
  const t = Math.min(1, Math.max(0, (value - low) / (high - low)));
  return t * t * (3 - 2 * t);
}
