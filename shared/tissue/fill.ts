/**
 * Where a picture shows nothing: the black, or another pure colour, that programs put around what was scanned.
 *
 * @module
 */
import type { Raster } from '../image/raster.ts';
import { dilate, erode, type Mask } from './morphology.ts';

/** JPEG leaves samples about this far from 0 and 255. */
const TOLERANCE = 8;
/** A pure colour over a square of this side is no nucleus, no pigment and no fold. */
const SIDE_UM = 12;
/** Resampling and JPEG blur the border of a fill into its neighbours: pixels this near, if they look like it. */
const BORDER_PX = 2;
const BORDER_TOLERANCE = 64;
const WHITE = 255;

/**
 * Whether a pixel has a pure colour that is no white: each channel nearly 0 or nearly 255. Stained tissue has none
 * over more than some pixels.
 */
export function isPure(
  red: number,
  green: number,
  blue: number,
  tolerance: number = TOLERANCE,
): boolean {
  const bright = WHITE - tolerance;
  return (
    // Asked of every pixel of every window: most fail here.
    (red <= tolerance || green <= tolerance || blue <= tolerance) &&
    (red <= tolerance || red >= bright) &&
    (green <= tolerance || green >= bright) &&
    (blue <= tolerance || blue >= bright)
  );
}

/**
 * Of pure pixels those that are fill: all near a square of them.
 *
 * @param pure 1 for each pixel that {@link isPure}.
 * @param mpp Micrometres per pixel.
 */
export function fillOf(pure: Mask, mpp: number): Mask {
  const radius = Math.max(1, Math.floor(SIDE_UM / mpp / 2));
  const near = dilate(erode(pure, radius), 3 * radius);
  return { ...pure, data: pure.data.map((value, i) => value & near.data[i]!) };
}

/**
 * A window with glass where it is filled, so that the model sees the same border as at the edge of any tissue.
 *
 * @param mpp Micrometres per pixel of the raster.
 * @returns The raster itself where nothing is filled.
 */
export function withoutFill(raster: Raster, mpp: number): Raster {
  const { width, height, data } = raster;
  const pure = new Uint8Array(width * height);
  let count = 0;
  for (let i = 0, from = 0; i < pure.length; i++, from += 3) {
    if (!isPure(data[from]!, data[from + 1]!, data[from + 2]!)) continue;
    pure[i] = 1;
    count += 1;
  }
  // Of a square that reaches into the window by its corner no more may be seen.
  if (count < (SIDE_UM / mpp / 2) ** 2) return raster;
  const fill = fillOf({ width, height, data: pure }, mpp);
  if (!fill.data.includes(1)) return raster;
  const border = dilate(fill, BORDER_PX).data;
  const glass = Uint8Array.from(data);
  for (let i = 0, from = 0; i < pure.length; i++, from += 3) {
    const isGlass =
      fill.data[i] === 1 ||
      (border[i] === 1 && isPure(data[from]!, data[from + 1]!, data[from + 2]!, BORDER_TOLERANCE));
    if (isGlass) glass.fill(WHITE, from, from + 3);
  }
  return { width, height, data: glass };
}
