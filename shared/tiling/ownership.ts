/**
 * Which window a nucleus belongs to, and whether it lies so near a seam that two windows may have
 * found it.
 *
 * @module
 */
import type { Region, Size } from '../image/source.ts';

/**
 * Whether a nucleus belongs to the window with this core: its centre lies in the core, half-open on
 * the right and at the bottom. At the borders of the level cores are open-ended, so a centre on or
 * beyond the last pixel still has exactly one owner.
 *
 * @param x, y Centre in pixels of the level.
 */
export function ownsCentre(core: Region, level: Size, x: number, y: number): boolean {
  return (
    within(x, core.x, core.x + core.width, level.width) &&
    within(y, core.y, core.y + core.height, level.height)
  );
}

/**
 * Whether a centre in the core is nearer than `distancePx` to a border that the core shares with
 * another one. Two predictions of one nucleus by different windows both lie there, when they are
 * nearer than that to each other.
 */
export function isInSeamBand(
  core: Region,
  level: Size,
  x: number,
  y: number,
  distancePx: number,
): boolean {
  return (
    nearBorder(x, core.x, core.x + core.width, level.width, distancePx) ||
    nearBorder(y, core.y, core.y + core.height, level.height, distancePx)
  );
}

function within(value: number, start: number, end: number, size: number): boolean {
  return (start === 0 || value >= start) && (end === size || value < end);
}

function nearBorder(
  value: number,
  start: number,
  end: number,
  size: number,
  distancePx: number,
): boolean {
  return (start > 0 && value - start < distancePx) || (end < size && end - value < distancePx);
}
