/**
 * Parts of a picture that nobody could label for sure. What lies there is neither right nor wrong: it is
 * dropped, on both sides, before anything is assigned.
 *
 * @module
 */
import { UniCellError } from '../errors.ts';
import type { Nuclei } from '../nuclei/nuclei.ts';
import { rowsWhere, takeNuclei } from '../nuclei/select.ts';
import type { LabelledPoints } from './labelled-points.ts';

/** A rectangle in pixels of the picture, half-open: `[x0, x1) x [y0, y1)`. */
export interface Box {
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
}

/**
 * Refuses what encloses nothing.
 *
 * @param origin What the box is, for the message: `ignore.csv, line 3`.
 * @throws {UniCellError} `POINTS_INVALID` for a corner that is not finite, or that is not right of and
 *   below the other.
 */
export function checkBox({ x0, y0, x1, y1 }: Box, origin: string): void {
  if ([x0, y0, x1, y1].every(Number.isFinite) && x0 < x1 && y0 < y1) return;
  throw new UniCellError(
    'POINTS_INVALID',
    `${origin}: the box is x ${x0} to ${x1}, y ${y0} to ${y1}; x0 must be less than x1 and y0 less than y1, all finite pixels.`,
  );
}

/** The points that lie in none of the boxes. */
export function pointsOutside(points: LabelledPoints, boxes: readonly Box[]): LabelledPoints {
  if (boxes.length === 0) return points;
  const rows = outside(points, boxes);
  const take = (column: ArrayLike<number>) => Array.from(rows, (row) => column[row]!);
  const { x, y, class: classes, score } = points;
  return { x: take(x), y: take(y), class: take(classes), score: score && take(score) };
}

/** The nuclei whose centre lies in none of the boxes. */
export function nucleiOutside(nuclei: Nuclei, boxes: readonly Box[]): Nuclei {
  return boxes.length === 0 ? nuclei : takeNuclei(nuclei, outside(nuclei, boxes));
}

function outside({ x, y }: Pick<LabelledPoints, 'x' | 'y'>, boxes: readonly Box[]): Uint32Array {
  return rowsWhere(x.length, (row) => !boxes.some((box) => holds(box, x[row]!, y[row]!)));
}

function holds({ x0, y0, x1, y1 }: Box, x: number, y: number): boolean {
  return x >= x0 && x < x1 && y >= y0 && y < y1;
}
