/**
 * What a scanner does to light: the blur of the objective, and noise of the sensor.
 *
 * @module
 */
import type { Random } from '../../../shared/random.ts';

/**
 * The sharpening that slide scanners apply: adds `amount` of the difference to a blurred copy.
 * `sigma` in pixels.
 */
export function sharpenInPlace(
  data: Float32Array,
  width: number,
  height: number,
  sigma: number,
  amount: number,
): void {
  const soft = data.slice();
  blurInPlace(soft, width, height, sigma);
  for (let i = 0; i < data.length; i++) data[i] = data[i]! + amount * (data[i]! - soft[i]!);
}

/** Gaussian blur in place, mirrored at the border. `sigma` in pixels. */
export function blurInPlace(
  data: Float32Array,
  width: number,
  height: number,
  sigma: number,
): void {
  const reach = Math.ceil(2.5 * sigma);
  if (reach < 1) return;
  const kernel = Array.from({ length: reach + 1 }, (_, i) =>
    Math.exp(-(i * i) / (2 * sigma * sigma)),
  );
  const sum = kernel.reduce((a, b) => a + b) * 2 - 1;
  const weights = Float64Array.from(kernel, (k) => k / sum);
  const line = new Float32Array(Math.max(width, height) + 2 * reach);
  for (let y = 0; y < height; y++) blurLine(data, y * width, 1, width, weights, line);
  for (let x = 0; x < width; x++) blurLine(data, x, width, height, weights, line);
}

function blurLine(
  data: Float32Array,
  start: number,
  stride: number,
  length: number,
  weights: Float64Array,
  line: Float32Array,
): void {
  const reach = weights.length - 1;
  for (let i = -reach; i < length + reach; i++) {
    const mirrored = i < 0 ? -i - 1 : i >= length ? 2 * length - 1 - i : i;
    const inside = Math.min(length - 1, Math.max(0, mirrored));
    line[i + reach] = data[start + inside * stride]!;
  }
  for (let i = 0; i < length; i++) {
    const centre = i + reach;
    let value = weights[0]! * line[centre]!;
    for (let k = 1; k <= reach; k++) value += weights[k]! * (line[centre - k]! + line[centre + k]!);
    data[start + i * stride] = value;
  }
}

/** Writes one channel into interleaved bytes with sensor noise of `sd` grey levels. */
export function exposeChannel(
  light: Float32Array,
  channel: number,
  out: Uint8Array,
  sd: number,
  random: Random,
): void {
  for (let i = 0, at = channel; i < light.length; i++, at += 3) {
    const level = Math.round(light[i]! + sd * random.triangular());
    out[at] = level < 0 ? 0 : level > 255 ? 255 : level;
  }
}
