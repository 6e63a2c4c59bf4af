/**
 * Which tiles a screen shows.
 *
 * @module
 */
import { type PointGrid, type TilePlace, tileSidePx, tilesOf } from './point-grid.ts';

/** Least side of a tile on the screen; those of a level are up to twice as large, of the finest larger. */
const TILE_SCREEN_PX = 384;

/** `x0, y0, x1, y1` in pixels of level 0 of the slide. */
export type ViewBox = readonly [number, number, number, number];

/** @param slidePxPerScreenPx Pixels of the slide per pixel of the screen. */
export function levelInView(grid: PointGrid, slidePxPerScreenPx: number): number {
  for (let z = grid.levels - 1; z > 0; z--) {
    if (tileSidePx(grid, z) / slidePxPerScreenPx >= TILE_SCREEN_PX) return z;
  }
  return 0;
}

/** The tiles of a level that a box touches, those nearest to its middle first. */
export function tilesInView(grid: PointGrid, z: number, [x0, y0, x1, y1]: ViewBox): TilePlace[] {
  const side = tileSidePx(grid, z);
  const { width, height } = tilesOf(grid, z);
  const places: TilePlace[] = [];
  for (let y = Math.max(0, Math.floor(y0 / side)); y < Math.min(height, y1 / side); y++) {
    for (let x = Math.max(0, Math.floor(x0 / side)); x < Math.min(width, x1 / side); x++) {
      places.push({ z, x, y });
    }
  }
  const away = ({ x, y }: TilePlace) =>
    Math.hypot((x + 0.5) * side - (x0 + x1) / 2, (y + 0.5) * side - (y0 + y1) / 2);
  return places.sort((a, b) => away(a) - away(b));
}
