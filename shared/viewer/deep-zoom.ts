/**
 * A slide as DeepZoom tiles (Microsoft Deep Zoom file format): level 0 is one pixel, each level doubles
 * both sides, the last is the slide.
 *
 * @module
 */
import { UniCellError } from '../errors.ts';
import type { Region, Size } from '../image/source.ts';

/** Side of a tile; tiles do not overlap. */
export const DEEP_ZOOM_TILE_PX = 512;

/** A part of the slide at some size. */
export interface LevelRegion {
  /** The whole slide at that size. */
  readonly level: Size;
  readonly region: Region;
}

/** The index of the last level: the slide at full resolution. */
export function lastLevel({ width, height }: Size): number {
  return Math.ceil(Math.log2(Math.max(width, height)));
}

/** The descriptor, `image.dzi`. */
export function deepZoomXml({ width, height }: Size): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<Image xmlns="http://schemas.microsoft.com/deepzoom/2008" TileSize="${DEEP_ZOOM_TILE_PX}" Overlap="0" Format="jpeg"><Size Width="${width}" Height="${height}"/></Image>
`;
}

/**
 * Where a tile lies.
 *
 * @throws {UniCellError} `NOT_FOUND` for a tile that the slide does not have.
 */
export function deepZoomTile(slide: Size, level: number, column: number, row: number): LevelRegion {
  const last = lastLevel(slide);
  const scale = 2 ** (last - level);
  const target = { width: Math.ceil(slide.width / scale), height: Math.ceil(slide.height / scale) };
  const x = column * DEEP_ZOOM_TILE_PX;
  const y = row * DEEP_ZOOM_TILE_PX;
  if (level > last || x >= target.width || y >= target.height) {
    throw new UniCellError(
      'NOT_FOUND',
      `The slide of ${slide.width} x ${slide.height} pixels has no tile ${column}_${row} of level ${level}; its levels are 0 to ${last}.`,
    );
  }
  const width = Math.min(DEEP_ZOOM_TILE_PX, target.width - x);
  const height = Math.min(DEEP_ZOOM_TILE_PX, target.height - y);
  return { level: target, region: { x, y, width, height } };
}
