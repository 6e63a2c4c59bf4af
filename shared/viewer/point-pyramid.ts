/**
 * All tiles of a slide from its nuclei, which come from top to bottom: a tile leaves as soon as nothing can
 * come to it any more, so the memory is that of a few rows of tiles.
 *
 * @module
 */
import type { Nuclei } from '../nuclei/nuclei.ts';
import { concatNuclei, takeNuclei } from '../nuclei/select.ts';
import { addCounts, type CellCounts, countCells, quarterCounts } from './cell-counts.ts';
import {
  finestCell,
  type PointGrid,
  TILE_CELLS,
  type TilePlace,
  tileSidePx,
  tilesOf,
} from './point-grid.ts';
import type { PointTile } from './point-tile.ts';
import { SAMPLE_LIMIT, sampleOf } from './sample.ts';

/** A tile with everything that is shown of it. */
export interface BuiltTile extends PointTile {
  readonly place: TilePlace;
  readonly counts: CellCounts;
}

/** One tile from all its nuclei. */
export function buildTile(
  grid: PointGrid,
  place: TilePlace,
  nuclei: Nuclei,
  classes: number,
): BuiltTile {
  const limit = place.z === grid.levels - 1 ? nuclei.length : SAMPLE_LIMIT;
  return {
    place,
    total: nuclei.length,
    nuclei: sampleOf(nuclei, limit),
    counts: countCells(grid, place.z, nuclei, classes),
  };
}

/** A tile from two parts of its nuclei. */
export function addTiles(grid: PointGrid, one: BuiltTile, other: BuiltTile): BuiltTile {
  const nuclei = concatNuclei([one.nuclei, other.nuclei]);
  const limit = one.place.z === grid.levels - 1 ? nuclei.length : SAMPLE_LIMIT;
  return {
    place: one.place,
    total: one.total + other.total,
    nuclei: sampleOf(nuclei, limit),
    counts: addCounts([one.counts, other.counts]),
  };
}

/** A tile from those of its quarters that hold nuclei. */
function joinTiles(quarters: readonly BuiltTile[], classes: number): BuiltTile {
  const { z, x, y } = quarters[0]!.place;
  return {
    place: { z: z - 1, x: x >> 1, y: y >> 1 },
    total: quarters.reduce((sum, { total }) => sum + total, 0),
    nuclei: sampleOf(concatNuclei(quarters.map(({ nuclei }) => nuclei)), SAMPLE_LIMIT),
    counts: addCounts(
      quarters.map(({ place, counts }) => quarterCounts(counts, place.x & 1, place.y & 1, classes)),
    ),
  };
}

/** Takes nuclei and gives tiles; those without nuclei do not exist. */
export class PointPyramid {
  readonly #grid: PointGrid;
  readonly #classes: number;
  /** Nuclei by column and row of the finest level: `row * columns + column`. */
  readonly #open = new Map<number, Nuclei[]>();
  /** By level: tiles that wait for the other quarters of their parent, by its column. */
  readonly #waiting: Map<number, BuiltTile[]>[];
  readonly #columns: number;
  /** Rows of the finest level that have left. */
  #row = 0;

  constructor(grid: PointGrid, classes: number) {
    this.#grid = grid;
    this.#classes = classes;
    this.#columns = tilesOf(grid, grid.levels - 1).width;
    this.#waiting = Array.from({ length: grid.levels }, () => new Map());
  }

  /** @param nuclei Below everything that {@link settle} has said to be complete. */
  add(nuclei: Nuclei): void {
    const { width, height, cellPx } = this.#grid;
    const { x, y, length } = nuclei;
    const tiles = new Uint32Array(length);
    for (let row = 0; row < length; row++) {
      const column = Math.floor(finestCell(x[row]!, width, cellPx) / TILE_CELLS);
      const line = Math.floor(finestCell(y[row]!, height, cellPx) / TILE_CELLS);
      if (line < this.#row) throw new RangeError('A nucleus comes to a row that has left.');
      tiles[row] = line * this.#columns + column;
    }
    for (const [tile, rows] of rowsByTile(tiles)) {
      const part = takeNuclei(nuclei, rows);
      this.#open.set(tile, [...(this.#open.get(tile) ?? []), part]);
    }
  }

  /** The tiles that are complete when no nucleus above `yPx` will come any more. */
  *settle(yPx: number): Generator<BuiltTile> {
    const side = tileSidePx(this.#grid, this.#grid.levels - 1);
    const rows = tilesOf(this.#grid, this.#grid.levels - 1).height;
    for (; this.#row < rows && (this.#row + 1) * side <= yPx; this.#row++) {
      yield* this.#leave(this.#row, this.#row === rows - 1);
    }
  }

  /** All tiles that are left. */
  end(): Generator<BuiltTile> {
    return this.settle(Number.POSITIVE_INFINITY);
  }

  *#leave(row: number, isLast: boolean): Generator<BuiltTile> {
    const z = this.#grid.levels - 1;
    for (let column = 0; column < this.#columns; column++) {
      const tile = row * this.#columns + column;
      const parts = this.#open.get(tile);
      if (parts === undefined) continue;
      this.#open.delete(tile);
      const place = { z, x: column, y: row };
      yield* this.#emit(buildTile(this.#grid, place, concatNuclei(parts), this.#classes));
    }
    yield* this.#close(z, row, isLast);
  }

  *#emit(tile: BuiltTile): Generator<BuiltTile> {
    yield tile;
    const { z, x } = tile.place;
    if (z === 0) return;
    const waiting = this.#waiting[z]!;
    waiting.set(x >> 1, [...(waiting.get(x >> 1) ?? []), tile]);
  }

  /** Ends a row of a level: with it, maybe one of the level above. */
  *#close(z: number, row: number, isLast: boolean): Generator<BuiltTile> {
    if (z === 0 || ((row & 1) === 0 && !isLast)) return;
    const waiting = this.#waiting[z]!;
    const quarters = [...waiting.entries()].toSorted(([a], [b]) => a - b);
    waiting.clear();
    for (const [, tiles] of quarters) yield* this.#emit(joinTiles(tiles, this.#classes));
    yield* this.#close(z - 1, row >> 1, isLast);
  }
}

/** The rows of each tile, in their order. */
function rowsByTile(tiles: Uint32Array): Map<number, Uint32Array> {
  const counts = new Map<number, number>();
  for (const tile of tiles) counts.set(tile, (counts.get(tile) ?? 0) + 1);
  const rows = new Map([...counts].map(([tile, count]) => [tile, new Uint32Array(count)]));
  for (let row = tiles.length - 1; row >= 0; row--) {
    const tile = tiles[row]!;
    const left = counts.get(tile)! - 1;
    rows.get(tile)![left] = row;
    counts.set(tile, left);
  }
  return rows;
}
