/**
 * A level of an OME-Zarr as pixels.
 *
 * @module
 */
import type { Raster } from '../../../shared/image/raster.ts';
import { blockPixels, type Pixels, type RasterCache } from '../pyramid/pixels.ts';
import type { AxisName } from './ome-metadata.ts';
import type { PixelArray } from './zarr-array.ts';

/** Small chunks are read in blocks of about this size. */
const BLOCK_PX = 512;
/** Chunks of a block that are read at once. */
const MAX_PENDING = 8;

/** An array of pixels, and what its axes mean. */
export interface LevelArray {
  readonly array: PixelArray;
  readonly axes: readonly AxisName[];
  /** Places of red, green and blue along the axis of channels; of grey one. */
  readonly channels: readonly number[];
}

/** Sides of a level along an axis; 1 where it has no such axis. */
export function sideOf({ array, axes }: Omit<LevelArray, 'channels'>, axis: AxisName): number {
  const i = axes.indexOf(axis);
  return i < 0 ? 1 : array.shape[i]!;
}

/** @param key Tells the level's blocks from those of the others in the cache. */
export function zarrLevel(level: LevelArray, key: string, cache: RasterCache): Pixels {
  const width = sideOf(level, 'x');
  const height = sideOf(level, 'y');
  const chunk = { width: chunkSide(level, 'x'), height: chunkSide(level, 'y') };
  const across = Math.max(1, Math.floor(BLOCK_PX / chunk.width));
  const down = Math.max(1, Math.floor(BLOCK_PX / chunk.height));
  const block = { width: across * chunk.width, height: down * chunk.height };
  return blockPixels({
    ...{ width, height, block, key, cache },
    async load(column, row, signal) {
      const left = column * across;
      const top = row * down;
      const inRow = Math.min(across, Math.ceil(width / chunk.width) - left);
      const inColumn = Math.min(down, Math.ceil(height / chunk.height) - top);
      const raster = {
        width: inRow * chunk.width,
        height: inColumn * chunk.height,
        data: new Uint8Array(inRow * chunk.width * inColumn * chunk.height * 3),
      };
      const places = Array.from({ length: inRow * inColumn }, (_, i) => i).values();
      const next = async () => {
        for (const i of places) {
          const [x, y] = [i % inRow, Math.floor(i / inRow)];
          const to = { x: x * chunk.width, y: y * chunk.height };
          await copyChunk(level, left + x, top + y, raster, to, signal);
        }
      };
      await Promise.all(Array.from({ length: MAX_PENDING }, next));
      return raster;
    },
  });
}

/** The colours of one chunk along x and y, which may lie in chunks of their own. */
async function copyChunk(
  { array, axes, channels }: LevelArray,
  column: number,
  row: number,
  to: Raster,
  at: { readonly x: number; readonly y: number },
  signal: AbortSignal,
): Promise<void> {
  const [x, y, c] = [axes.indexOf('x'), axes.indexOf('y'), axes.indexOf('c')];
  const width = array.chunk[x]!;
  const height = array.chunk[y]!;
  const perChunk = c < 0 ? 1 : array.chunk[c]!;
  const chunks = new Map<number, ReturnType<PixelArray['readChunk']>>();
  for (const [colour, channel] of channels.entries()) {
    const index = Math.floor(channel / perChunk);
    const place = axes.map((_, i) => (i === x ? column : i === y ? row : i === c ? index : 0));
    const reading = chunks.get(index) ?? array.readChunk(place, signal);
    chunks.set(index, reading);
    const { data, stride } = await reading;
    const first = c < 0 ? 0 : (channel % perChunk) * stride[c]!;
    const shift = array.samples === 'uint16' ? 8 : 0;
    const isGrey = channels.length === 1;
    const step = stride[x]!;
    for (let j = 0; j < height; j++) {
      let out = ((at.y + j) * to.width + at.x) * 3 + colour;
      let from = first + j * stride[y]!;
      for (let i = 0; i < width; i++, out += 3, from += step) {
        const value = data[from]! >> shift;
        to.data[out] = value;
        if (isGrey) to.data[out + 1] = to.data[out + 2] = value;
      }
    }
  }
}

function chunkSide({ array, axes }: LevelArray, axis: AxisName): number {
  return array.chunk[axes.indexOf(axis)]!;
}
