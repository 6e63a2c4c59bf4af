/**
 * One level of a slide as something that can be read, and the two ways in which it comes.
 *
 * @module
 */
import type { Raster } from '../../../shared/image/raster.ts';
import { copyPixels } from '../../../shared/image/read-on-white.ts';
import type { Region, Size } from '../../../shared/image/source.ts';
import { BlockCache } from '../bytes/block-cache.ts';

/** A level of pixels; regions lie inside it. */
export interface Pixels extends Size {
  read(region: Region, signal?: AbortSignal): Promise<Raster>;
}

/** Blocks that are being made at once for one region: enough to keep every core busy. */
const MAX_PENDING = 16;

/** A cache that several levels share. */
export type RasterCache = BlockCache<Raster>;

export function rasterCache(limitBytes: number): RasterCache {
  return new BlockCache<Raster>(limitBytes, ({ data }) => data.byteLength);
}

/** An image that is in memory. */
export function rasterPixels(raster: Raster): Pixels {
  const { width, height } = raster;
  return { width, height, read: async (region) => cut(raster, region) };
}

/** What a level of blocks is made of. */
export interface BlockLevel extends Size {
  readonly block: Size;
  /** Tells its blocks from those of other levels in the cache. */
  readonly key: string;
  readonly cache: RasterCache;
  /**
   * Makes a block; what it has beyond the border of the level is not looked at. The signal is aborted when
   * nobody wants the block any more.
   */
  load(column: number, row: number, signal: AbortSignal): Promise<Raster>;
}

/** A level that is made block by block; the blocks that a region needs are kept for its neighbours. */
export function blockPixels({ width, height, block, key, cache, load }: BlockLevel): Pixels {
  const copyBlock = async (
    [column, row]: readonly [number, number],
    region: Region,
    to: Raster,
    signal: AbortSignal | undefined,
  ) => {
    const make = (stop: AbortSignal) => load(column, row, stop);
    const raster = await cache.get(`${key}/${column}/${row}`, make, signal);
    const left = Math.max(region.x, column * block.width);
    const top = Math.max(region.y, row * block.height);
    const area = {
      x: left - column * block.width,
      y: top - row * block.height,
      width: Math.min(region.x + region.width, (column + 1) * block.width) - left,
      height: Math.min(region.y + region.height, (row + 1) * block.height) - top,
    };
    copyPixels(raster, area, to, left - region.x, top - region.y);
  };
  return {
    width,
    height,
    async read(region, signal) {
      const data = new Uint8Array(region.width * region.height * 3);
      const raster = { width: region.width, height: region.height, data };
      const places = blocksOf(region, block);
      const next = async () => {
        for (const place of places) await copyBlock(place, region, raster, signal);
      };
      await Promise.all(Array.from({ length: MAX_PENDING }, next));
      return raster;
    },
  };
}

/** Columns and rows of the blocks that a region touches. */
function* blocksOf(region: Region, block: Size): Generator<readonly [number, number]> {
  const lastColumn = Math.floor((region.x + region.width - 1) / block.width);
  const lastRow = Math.floor((region.y + region.height - 1) / block.height);
  for (let row = Math.floor(region.y / block.height); row <= lastRow; row++) {
    for (let column = Math.floor(region.x / block.width); column <= lastColumn; column++) {
      yield [column, row];
    }
  }
}

function cut(raster: Raster, region: Region): Raster {
  const { width, height } = region;
  const part = { width, height, data: new Uint8Array(width * height * 3) };
  copyPixels(raster, region, part, 0, 0);
  return part;
}
