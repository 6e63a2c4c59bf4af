/**
 * The Hungarian assignment between two sets of points: every point of the smaller set gets a partner
 * of its own in the larger one so that the sum of Euclidean distances is least. There is no gate: far
 * pairs count, as in the official evaluation (`scipy.optimize.linear_sum_assignment`).
 *
 * Shortest augmenting paths (Jonker and Volgenant) with prices, on points instead of a matrix. The
 * result is exact; memory grows with the number of points only. Where several assignments have the same
 * least sum, one of them is returned, the same for the same input.
 *
 * @module
 */
import { UniCellError } from '../errors.ts';
import { AssignmentState } from './assignment-state.ts';
import { DenseSearch } from './dense-search.ts';
import { checkCoordinates, type Points } from './labelled-points.ts';
import { NearSearch } from './near-search.ts';

export interface AssignmentOptions {
  /**
   * Distance evaluations after which the assignment is given up, by default 2e10: a minute or two. Sets
   * that lie on each other need a few evaluations a point, however many points there are; only sets that
   * do not fit each other come near it.
   */
  readonly maxWork?: number | undefined;
}

/**
 * Assigns the points of `a` to points of `b`.
 *
 * @returns For every point of `a` the index of its partner in `b`, or -1; `min(a, b)` of them have one.
 * @throws {UniCellError} `POINTS_INVALID` for a coordinate that is not finite, `SCORE_TOO_LARGE` when it
 *   would take more than `maxWork`.
 */
export function assignPoints(
  a: Points,
  b: Points,
  { maxWork = 2e10 }: AssignmentOptions = {},
): Int32Array {
  checkCoordinates(a, 'first set');
  checkCoordinates(b, 'second set');
  const partners = new Int32Array(a.x.length).fill(-1);
  const swapped = a.x.length > b.x.length;
  const [rows, columns] = swapped ? [b, a] : [a, b];
  if (rows.x.length === 0) return partners;
  const state = new AssignmentState(rows.x, rows.y, columns.x, columns.y);
  const near = new NearSearch(state);
  const dense = new DenseSearch(state);
  for (let row = 0; row < state.rows; row++) {
    let search: NearSearch | DenseSearch = near;
    let sink = near.run(row);
    if (sink < 0) {
      near.reset();
      search = dense;
      sink = dense.run(row);
    }
    state.augment(row, sink);
    search.reset();
    if (state.work > maxWork) throw tooMuchWork(a.x.length, b.x.length, row, maxWork);
  }
  for (let row = 0; row < state.rows; row++) {
    const column = state.tree.ids[state.columnOf[row]!]!;
    if (swapped) partners[column] = row;
    else partners[row] = column;
  }
  return partners;
}

function tooMuchWork(a: number, b: number, row: number, maxWork: number): UniCellError {
  return new UniCellError(
    'SCORE_TOO_LARGE',
    `The assignment of ${a} to ${b} points was given up after ${maxWork} distance evaluations, at point ${row} of ${Math.min(a, b)}. Sets of any size that lie on each other are assigned quickly; check that both are in pixels of the same picture at the same resolution, or score smaller regions.`,
  );
}
