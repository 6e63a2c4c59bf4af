import type { Box } from '../../../shared/scoring/ignored-boxes.ts';

/** Corners of a polygon, x0, y0, x1, y1, ...; the last is joined to the first. */
export type Outline = readonly number[];

/**
 * The centroid of a polygon's area (Bourke 1988). Where an outline crosses itself so that its loops
 * cancel and the result is nowhere near it, the mean of its corners.
 *
 * @returns A place within the outline's bounding box; `undefined` when the outline encloses nothing:
 *   fewer than 3 corners, or all on one line.
 */
export function areaCentroid(outline: Outline): { x: number; y: number } | undefined {
  const [x0 = 0, y0 = 0] = outline;
  const corners = { x: axis(outline, 0), y: axis(outline, 1) };
  let twiceArea = 0;
  let sumX = 0;
  let sumY = 0;
  // Relative to the first corner: far from the origin the products would cancel.
  for (let i = 0; i < outline.length; i += 2) {
    const next = (i + 2) % outline.length;
    const x = outline[i]! - x0;
    const y = outline[i + 1]! - y0;
    const nextX = outline[next]! - x0;
    const nextY = outline[next + 1]! - y0;
    const cross = x * nextY - nextX * y;
    twiceArea += cross;
    sumX += (x + nextX) * cross;
    sumY += (y + nextY) * cross;
  }
  if (twiceArea === 0) return undefined;
  const x = x0 + sumX / (3 * twiceArea);
  const y = y0 + sumY / (3 * twiceArea);
  if (isWithin(x, corners.x) && isWithin(y, corners.y)) return { x, y };
  return { x: mean(corners.x), y: mean(corners.y) };
}

/** The box around an outline; `undefined` when it encloses nothing. */
export function boundsOf(outline: Outline): Box | undefined {
  if (outline.length === 0) return undefined;
  const [xs, ys] = [axis(outline, 0), axis(outline, 1)];
  const least = (values: readonly number[]) => values.reduce((a, b) => Math.min(a, b));
  const most = (values: readonly number[]) => values.reduce((a, b) => Math.max(a, b));
  const box = { x0: least(xs), y0: least(ys), x1: most(xs), y1: most(ys) };
  return box.x0 < box.x1 && box.y0 < box.y1 ? box : undefined;
}

function axis(outline: Outline, offset: 0 | 1): number[] {
  return outline.filter((_, i) => i % 2 === offset);
}

function isWithin(value: number, values: readonly number[]): boolean {
  return values.some((one) => one <= value) && values.some((one) => one >= value);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value / values.length, 0);
}
