import type { Size } from '../../../shared/image/source.ts';

/** Levels of a pyramid differ from the exact ratio by rounding alone, in pixels. */
export const ROUNDING_PX = 2;
const SMALLEST_STEP = 1.5;

/**
 * Whether a size is that of a coarser level, of the same proportions. Rounding is seen on the shorter side, measured
 * against the longer one.
 */
export function isLevelSize(first: Size, { width, height }: Size): boolean {
  const step = Math.min(first.width / width, first.height / height);
  const isSimilar =
    Math.abs((first.width * height) / first.height - width) <= ROUNDING_PX ||
    Math.abs((first.height * width) / first.width - height) <= ROUNDING_PX;
  return step >= SMALLEST_STEP && isSimilar;
}
