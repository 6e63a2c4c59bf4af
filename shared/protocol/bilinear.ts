/**
 * The resizing of the authors' pipeline: OpenCV's `resize` of 8-bit images with `INTER_LINEAR`, equal to
 * the bit (spec section 2). Pixel centres map to pixel centres, nothing is averaged when shrinking, and
 * weights have 11 bits. One case is left out that the protocol cannot reach: OpenCV averages when both
 * sides shrink to exactly a half.
 *
 * @module
 */
import type { Raster } from '../image/raster.ts';
import type { Size } from '../image/source.ts';

const ONE = 1 << 11;

/** Per output pixel of an axis: the first of its two input pixels, and their weights (`ONE` in all, or nearly). */
interface Taps {
  readonly first: Int32Array;
  readonly weights: Int32Array;
}

/** Resizes an image. The result has the size `size`. */
export function resizeBilinear(image: Raster, { width, height }: Size): Raster {
  const columns = taps(image.width, width);
  const rows = taps(image.height, height);
  const data = new Uint8Array(width * height * 3);
  const last = image.height - 1;
  // Neighbouring output rows mostly share their input rows; the upper one was the lower one before.
  const lines = new Map<number, Int32Array>();
  const line = (row: number): Int32Array => {
    const at = Math.min(last, Math.max(0, row));
    const known = lines.get(at) ?? stretchRow(image, at, columns);
    lines.set(at, known);
    return known;
  };
  for (let row = 0; row < height; row++) {
    const first = rows.first[row]!;
    for (const at of lines.keys()) if (at < first) lines.delete(at);
    const upper = line(first);
    const lower = line(first + 1);
    const a = rows.weights[2 * row]!;
    const b = rows.weights[2 * row + 1]!;
    const to = row * width * 3;
    for (let i = 0; i < width * 3; i++) {
      // OpenCV cuts each product to 16 bits before it rounds their sum.
      data[to + i] = (((a * (upper[i]! >> 4)) >> 16) + ((b * (lower[i]! >> 4)) >> 16) + 2) >> 2;
    }
  }
  return { width, height, data };
}

/** One input row at the output's width, as sums of 11 fraction bits. */
function stretchRow({ width, data }: Raster, row: number, { first, weights }: Taps): Int32Array {
  const out = new Int32Array(first.length * 3);
  for (let column = 0, to = 0; column < first.length; column++, to += 3) {
    const left = Math.max(0, first[column]!);
    const from = (row * width + left) * 3;
    // Beyond the border the nearest pixel counts fully.
    const isInside = left === first[column]! && left + 1 < width;
    const a = isInside ? weights[2 * column]! : ONE;
    const b = isInside ? weights[2 * column + 1]! : 0;
    for (let channel = 0; channel < 3; channel++) {
      out[to + channel] = data[from + channel]! * a + (b === 0 ? 0 : data[from + 3 + channel]! * b);
    }
  }
  return out;
}

function taps(inputSize: number, outputSize: number): Taps {
  // The inverse of the quotient, not the quotient of the inverse: OpenCV's rounding.
  const scale = 1 / (outputSize / inputSize);
  const first = new Int32Array(outputSize);
  const weights = new Int32Array(outputSize * 2);
  for (let i = 0; i < outputSize; i++) {
    const centre = Math.fround((i + 0.5) * scale - 0.5);
    first[i] = Math.floor(centre);
    const fraction = Math.fround(centre - first[i]!);
    weights[2 * i] = halfToEven(Math.fround(1 - fraction) * ONE);
    weights[2 * i + 1] = halfToEven(fraction * ONE);
  }
  return { first, weights };
}

function halfToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
}
