/**
 * Pixels that may not be square.
 *
 * @module
 */
import { MAX_MPP, MIN_MPP } from './resolution.ts';

/** Micrometres that a pixel covers along x and along y. */
export interface PixelSize {
  readonly x: number;
  readonly y: number;
}

/** Sides that differ by more are worth a word. */
const TOLERANCE = 0.01;

/**
 * The one number that stands for both sides: that of square pixels of the same area, so that areas and densities
 * are right.
 *
 * @returns `undefined` for what no microscope gives.
 */
export function mppOfPixel({ x, y }: PixelSize): number | undefined {
  if (![x, y].every((side) => side >= MIN_MPP && side <= MAX_MPP)) return undefined;
  return x === y ? x : Math.sqrt(x * y);
}

/** @param subject Has the pixels, and begins a sentence. */
export function notSquareWarnings(
  subject: string,
  { x, y }: PixelSize,
): { readonly code: 'PIXELS_NOT_SQUARE'; readonly detail: string }[] {
  if (Math.abs(x / y - 1) <= TOLERANCE) return [];
  const shown = (um: number) => String(Number(um.toPrecision(4)));
  return [
    {
      code: 'PIXELS_NOT_SQUARE',
      detail: `${subject} has pixels of ${shown(x)} x ${shown(y)} um. Areas and densities count both sides; nuclei are looked for as if pixels were square (${shown(Math.sqrt(x * y))} um), so they look stretched and may be missed.`,
    },
  ];
}
