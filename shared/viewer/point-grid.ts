/**
 * How a slide is cut for showing its nuclei: cells, tiles of cells, and levels of tiles. Level 0 is one
 * tile with the whole slide; each level halves the side of a tile, down to tiles that hold all their nuclei.
 *
 * @module
 */
import type { Size } from '../image/source.ts';

/** Cells along the side of a tile. */
export const TILE_CELLS = 32;
/** About the side of a cell of the finest level: some nuclei wide, so that a tile holds a few thousand. */
const CELL_UM = 16;

/** The cut of one slide. Everything in pixels of level 0 of the slide. */
export interface PointGrid extends Size {
  /** Side of a cell of the finest level; a power of two, so that no rounding moves a nucleus. */
  readonly cellPx: number;
  readonly levels: number;
}

/** A tile: its level, column and row. */
export interface TilePlace {
  readonly z: number;
  readonly x: number;
  readonly y: number;
}

/** @param mpp Micrometres per pixel of level 0. */
export function pointGrid({ width, height }: Size, mpp: number): PointGrid {
  const cellPx = 2 ** Math.max(0, Math.round(Math.log2(CELL_UM / mpp)));
  const tiles = Math.max(width, height) / (cellPx * TILE_CELLS);
  return { width, height, cellPx, levels: 1 + Math.max(0, Math.ceil(Math.log2(tiles))) };
}

/** Side of a tile of a level. */
export function tileSidePx({ cellPx, levels }: PointGrid, z: number): number {
  return cellPx * TILE_CELLS * 2 ** (levels - 1 - z);
}

/** Columns and rows of tiles of a level. */
export function tilesOf(grid: PointGrid, z: number): Size {
  const side = tileSidePx(grid, z);
  return { width: Math.ceil(grid.width / side), height: Math.ceil(grid.height / side) };
}

export function hasTile(grid: PointGrid, { z, x, y }: TilePlace): boolean {
  if (!(z >= 0 && z < grid.levels)) return false;
  const { width, height } = tilesOf(grid, z);
  return x >= 0 && x < width && y >= 0 && y < height;
}

/**
 * The column of a cell of the finest level, or its row with heights. A centre on the right or lower edge of
 * the slide belongs to the last cell.
 *
 * @param sizePx Width or height of the slide.
 */
export function finestCell(placePx: number, sizePx: number, cellPx: number): number {
  const last = Math.ceil(sizePx / cellPx) - 1;
  return Math.max(0, Math.min(last, Math.floor(placePx / cellPx)));
}

/** The cell of its tile that holds a centre: row by row from the top left, 0 to `TILE_CELLS ** 2 - 1`. */
export function cellAt(grid: PointGrid, z: number, xPx: number, yPx: number): number {
  const shift = grid.levels - 1 - z;
  const mask = TILE_CELLS - 1;
  const column = (finestCell(xPx, grid.width, grid.cellPx) >> shift) & mask;
  const row = (finestCell(yPx, grid.height, grid.cellPx) >> shift) & mask;
  return row * TILE_CELLS + column;
}

/** `x0, y0, x1, y1` of a tile; at the right and lower edge of the slide it takes in what lies on the edge. */
export function tileBox(
  grid: PointGrid,
  { z, x, y }: TilePlace,
): readonly [number, number, number, number] {
  const side = tileSidePx(grid, z);
  const { width, height } = tilesOf(grid, z);
  const x1 = x === width - 1 ? (x + 1) * side + 1 : (x + 1) * side;
  const y1 = y === height - 1 ? (y + 1) * side + 1 : (y + 1) * side;
  return [x * side, y * side, x1, y1];
}
