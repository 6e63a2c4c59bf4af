/**
 * How many nuclei a screen shows, and how they are spread: from what its tiles hold.
 *
 * @module
 */
import { type CellCounts, SCORE_STEPS } from './cell-counts.ts';
import { type PointGrid, TILE_CELLS, type TilePlace, tileSidePx } from './point-grid.ts';
import type { PointTile } from './point-tile.ts';
import type { ViewBox } from './view-tiles.ts';

/** What of the nuclei is shown. */
export interface Shown {
  /** By class. */
  readonly classes: readonly boolean[];
  readonly minScore: number;
}

/** The lowest step of the score that is shown; exact for thresholds that are steps. */
function lowestStep(minScore: number): number {
  return Math.max(0, Math.ceil(minScore * SCORE_STEPS - 1e-9));
}

/** Adds the nuclei of a tile that lie in a box, by class, whatever classes are shown. */
export function addPoints(
  to: number[],
  { nuclei }: Pick<PointTile, 'nuclei'>,
  [x0, y0, x1, y1]: ViewBox,
  minScore: number,
): void {
  const { x, y, score, class: classes, length } = nuclei;
  for (let row = 0; row < length; row++) {
    const isInside = x[row]! >= x0 && x[row]! < x1 && y[row]! >= y0 && y[row]! < y1;
    if (isInside && score[row]! >= minScore) to[classes[row]!]!++;
  }
}

/** The same from the counts of a tile's cells: of a cell on the border of the box, the part that is inside. */
export function addCells(
  to: number[],
  grid: PointGrid,
  { z, x, y }: TilePlace,
  { keys, counts }: CellCounts,
  [x0, y0, x1, y1]: ViewBox,
  minScore: number,
): void {
  const side = tileSidePx(grid, z);
  const cell = side / TILE_CELLS;
  const lowest = lowestStep(minScore);
  const perCell = to.length * SCORE_STEPS;
  // Of the last cells only what lies on the slide counts: nuclei lie nowhere else.
  const part = (start: number, size: number, from: number, until: number) => {
    const end = Math.min(start + cell, size);
    return Math.max(0, Math.min(end, until) - Math.max(start, from)) / (end - start);
  };
  keys.forEach((key, i) => {
    if (key % SCORE_STEPS < lowest) return;
    const place = Math.floor(key / perCell);
    const insideX = part(x * side + (place % TILE_CELLS) * cell, grid.width, x0, x1);
    const insideY = part(y * side + Math.floor(place / TILE_CELLS) * cell, grid.height, y0, y1);
    to[Math.floor((key % perCell) / SCORE_STEPS)]! += insideX * insideY * counts[i]!;
  });
}

/** Nuclei that are shown per cell of a tile, row by row. */
export function shownPerCell(
  { keys, counts }: CellCounts,
  { classes, minScore }: Shown,
): Float32Array {
  const cells = new Float32Array(TILE_CELLS * TILE_CELLS);
  const lowest = lowestStep(minScore);
  const perCell = classes.length * SCORE_STEPS;
  keys.forEach((key, i) => {
    const isShown =
      classes[Math.floor((key % perCell) / SCORE_STEPS)] && key % SCORE_STEPS >= lowest;
    if (isShown) cells[Math.floor(key / perCell)]! += counts[i]!;
  });
  return cells;
}
