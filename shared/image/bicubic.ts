/**
 * The weights of antialiased bicubic resampling along one axis, as Pillow's `Image.resize` computes
 * them (a = -0.5; the kernel widens by the factor of shrinking, so that 0.25 um per pixel becomes 0.5
 * without aliasing). Fixed point with 22 bits like Pillow's, so results are equal to the bit.
 *
 * @module
 */

/** Fraction bits of a weight: 255 times the largest sum of weights still fits 32 bits. */
export const PRECISION_BITS = 22;

const A = -0.5;
const KERNEL_RADIUS = 2;

/** For some output pixels of an axis: which input pixels each takes, and how much of them. */
export interface AxisWeights {
  /** The output pixel that comes first in the arrays. */
  readonly start: number;
  /** Weights per output pixel, the stride of `weights`. */
  readonly stride: number;
  /** First input pixel of each output pixel. */
  readonly first: Int32Array;
  /** Number of input pixels of each output pixel. */
  readonly count: Int32Array;
  /** Fixed-point weights, `stride` per output pixel. */
  readonly weights: Int32Array;
}

/**
 * Computes the weights of one axis, or of a part of it.
 *
 * @param inputSize Pixels of the image along the axis.
 * @param outputSize Pixels of the level along the axis.
 * @param start First pixel of the level that is wanted.
 * @param end Pixel of the level after the last one that is wanted.
 */
export function bicubicWeights(
  inputSize: number,
  outputSize: number,
  start = 0,
  end = outputSize,
): AxisWeights {
  const scale = inputSize / outputSize;
  const widening = Math.max(scale, 1);
  const support = KERNEL_RADIUS * widening;
  const stride = Math.ceil(support) * 2 + 1;
  const first = new Int32Array(end - start);
  const count = new Int32Array(end - start);
  const weights = new Int32Array((end - start) * stride);
  const taps = new Float64Array(stride);
  for (let out = 0; out < end - start; out++) {
    const centre = (start + out + 0.5) * scale;
    const from = Math.max(0, Math.trunc(centre - support + 0.5));
    const to = Math.min(inputSize, Math.trunc(centre + support + 0.5));
    let sum = 0;
    for (let i = from; i < to; i++) {
      const tap = kernel((i - centre + 0.5) / widening);
      taps[i - from] = tap;
      sum += tap;
    }
    first[out] = from;
    count[out] = to - from;
    for (let i = 0; i < to - from; i++) {
      const fixed = (taps[i]! / sum) * (1 << PRECISION_BITS);
      weights[out * stride + i] = Math.trunc(fixed + (fixed < 0 ? -0.5 : 0.5));
    }
  }
  return { start, stride, first, count, weights };
}

function kernel(distance: number): number {
  const x = Math.abs(distance);
  if (x < 1) {
    return ((A + 2) * x - (A + 3)) * x * x + 1;
  }
  return x < KERNEL_RADIUS ? (((x - 5) * x + 8) * x - 4) * A : 0;
}
