/**
 * Growing and shrinking of masks by squares.
 *
 * @module
 */
import type { Size } from '../image/source.ts';

/** A byte per pixel, 1 where it is set. */
export interface Mask extends Size {
  readonly data: Uint8Array;
}

/** Sets every pixel that is at most `radius` columns and rows away from one that is set. */
export function dilate(mask: Mask, radius: number): Mask {
  return spread(mask, radius, 1);
}

/**
 * Clears every pixel that is at most `radius` columns and rows away from one that is clear. Beyond the
 * border nothing is clear, so what reaches it is not eaten from there.
 */
export function erode(mask: Mask, radius: number): Mask {
  return spread(mask, radius, 0);
}

/** Spreads `value` along rows, then along columns. */
function spread({ width, height, data }: Mask, radius: number, value: 0 | 1): Mask {
  const rows = new Uint8Array(data.length);
  for (let y = 0; y < height; y++) spreadLine(data, rows, y * width, 1, width, radius, value);
  const out = new Uint8Array(data.length);
  for (let x = 0; x < width; x++) spreadLine(rows, out, x, width, height, radius, value);
  return { width, height, data: out };
}

function spreadLine(
  from: Uint8Array,
  to: Uint8Array,
  start: number,
  step: number,
  length: number,
  radius: number,
  value: 0 | 1,
): void {
  // How many of the pixels around the current one have the value.
  let near = 0;
  for (let i = -radius; i < length; i++) {
    if (i + radius < length && from[start + (i + radius) * step] === value) near += 1;
    if (i - radius > 0 && from[start + (i - radius - 1) * step] === value) near -= 1;
    if (i >= 0) to[start + i * step] = near > 0 ? value : 1 - value;
  }
}
