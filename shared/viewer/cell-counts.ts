/**
 * How many nuclei of which class and score lie in each cell of a tile. The heat map and the numbers of a
 * tile that cannot show all its nuclei come from here, so they are exact.
 *
 * @module
 */
import type { Nuclei } from '../nuclei/nuclei.ts';
import { cellAt, type PointGrid, TILE_CELLS } from './point-grid.ts';

/** Steps of the score from 0 to 1: counts are known for every lowest score of k / 20. */
export const SCORE_STEPS = 20;

/**
 * Counts that are not 0, by ascending key: `(cell * classes + class) * SCORE_STEPS + step`. `step` is the
 * largest with `score >= step / SCORE_STEPS`, 19 for a score of 1.
 */
export interface CellCounts {
  readonly keys: Uint32Array;
  readonly counts: Uint32Array;
}

/** The step of a score; exact at the steps themselves. */
export function scoreStep(score: number): number {
  let step = Math.min(SCORE_STEPS - 1, Math.max(0, Math.floor(score * SCORE_STEPS)));
  if (step > 0 && score < step / SCORE_STEPS) step--;
  if (step < SCORE_STEPS - 1 && score >= (step + 1) / SCORE_STEPS) step++;
  return step;
}

/**
 * Counts the nuclei of one tile.
 *
 * @param z Level of the tile.
 * @param classes Classes of the dataset.
 */
export function countCells(
  grid: PointGrid,
  z: number,
  nuclei: Nuclei,
  classes: number,
): CellCounts {
  const { x, y, class: indices, score, length } = nuclei;
  const keys = new Uint32Array(length);
  for (let row = 0; row < length; row++) {
    const cell = cellAt(grid, z, x[row]!, y[row]!);
    keys[row] = (cell * classes + indices[row]!) * SCORE_STEPS + scoreStep(score[row]!);
  }
  keys.sort();
  return summed(keys, () => 1);
}

/**
 * The counts of a tile from those of a quarter of it.
 *
 * @param column 0 for a quarter on the left, 1 on the right.
 * @param row 0 for one above, 1 below.
 */
export function quarterCounts(
  { keys, counts }: CellCounts,
  column: number,
  row: number,
  classes: number,
): CellCounts {
  const perCell = classes * SCORE_STEPS;
  const moved = keys.map((key) => {
    const cell = Math.floor(key / perCell);
    const x = (column * TILE_CELLS + (cell % TILE_CELLS)) >> 1;
    const y = (row * TILE_CELLS + Math.floor(cell / TILE_CELLS)) >> 1;
    return (y * TILE_CELLS + x) * perCell + (key % perCell);
  });
  return addCounts([{ keys: moved, counts }]);
}

/** The sum of counts; their keys may come in any order. */
export function addCounts(parts: readonly CellCounts[]): CellCounts {
  const length = parts.reduce((sum, { keys }) => sum + keys.length, 0);
  const pairs = new BigUint64Array(length);
  let at = 0;
  for (const { keys, counts } of parts) {
    for (let i = 0; i < keys.length; i++) {
      pairs[at++] = (BigInt(keys[i]!) << 32n) | BigInt(counts[i]!);
    }
  }
  pairs.sort();
  const keys = Uint32Array.from(pairs, (pair) => Number(pair >> 32n));
  return summed(keys, (i) => Number(pairs[i]! & 0xffff_ffffn));
}

/** @param keys Ascending. */
function summed(keys: Uint32Array, countOf: (place: number) => number): CellCounts {
  const unique = new Uint32Array(keys.length);
  const counts = new Uint32Array(keys.length);
  let last = -1;
  for (let i = 0; i < keys.length; i++) {
    if (last < 0 || unique[last] !== keys[i]) unique[++last] = keys[i]!;
    counts[last]! += countOf(i);
  }
  return { keys: unique.slice(0, last + 1), counts: counts.slice(0, last + 1) };
}
