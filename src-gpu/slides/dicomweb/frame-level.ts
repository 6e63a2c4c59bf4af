/**
 * A level of frames in a PACS as pixels.
 *
 * @module
 */
import type { DicomwebClient } from '../../../shared/dicomweb/client.ts';
import type { SeriesReference } from '../../../shared/dicomweb/dicomweb-url.ts';
import type { WsmLevel } from '../../../shared/dicomweb/wsm-series.ts';
import { copyPixels } from '../../../shared/image/read-on-white.ts';
import { blockPixels, type Pixels, type RasterCache } from '../pyramid/pixels.ts';
import { FrameReader } from './frame-reader.ts';

/** Frames are fetched in blocks of about this size: a request costs a round trip. */
const BLOCK_PX = 512;

/** What gives frames: a PACS, or files. */
export type FrameSource = Pick<DicomwebClient, 'frames' | 'plainFrames'>;

/** @param key Tells the level's blocks from those of the others in the cache. */
export function frameLevel(
  client: FrameSource,
  reference: SeriesReference,
  { width, height, frames, pixels }: WsmLevel,
  key: string,
  cache: RasterCache,
): Pixels {
  const { tile } = pixels;
  const reader = new FrameReader(client, reference, pixels);
  const across = Math.max(1, Math.floor(BLOCK_PX / tile.width));
  const down = Math.max(1, Math.floor(BLOCK_PX / tile.height));
  return blockPixels({
    width,
    height,
    block: { width: across * tile.width, height: down * tile.height },
    key,
    cache,
    async load(blockColumn, blockRow, signal) {
      const [left, top] = [blockColumn * across, blockRow * down];
      const inRow = Math.min(across, frames.columns - left);
      const inColumn = Math.min(down, frames.rows - top);
      const wanted = Array.from({ length: inRow * inColumn }, (_, i) =>
        frames.frameAt(left + (i % inRow), top + Math.floor(i / inRow)),
      );
      const rasters = await reader.read(wanted, signal);
      if (wanted.length === 1 && rasters[0]) return rasters[0];
      // What was not scanned is glass.
      const data = new Uint8Array(tile.width * tile.height * wanted.length * 3).fill(255);
      const block = { width: inRow * tile.width, height: inColumn * tile.height, data };
      for (const [i, raster] of rasters.entries()) {
        if (!raster) continue;
        const [column, row] = [i % inRow, Math.floor(i / inRow)];
        const area = { x: 0, y: 0, ...tile };
        copyPixels(raster, area, block, column * tile.width, row * tile.height);
      }
      return block;
    },
  });
}
