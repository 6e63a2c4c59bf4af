/**
 * A level at another size.
 *
 * @module
 */
import { pixelsFor, resampleWeights } from '../../../shared/image/resample.ts';
import type { Size } from '../../../shared/image/source.ts';
import { compute } from '../compute/pool.ts';
import { blockPixels, type Pixels, type RasterCache } from './pixels.ts';

const MAX_BLOCK_PX = 256;
/** Pixels of the level along a block's side: what bounds memory when a level is far too fine. */
const MAX_LEVEL_PX = 2048;

/**
 * `level` resampled to the size `target`, antialiased bicubic. Each block is resampled once, in a thread, from
 * the pixels that the whole would be resampled from; so blocks fit, and equal a cut of the whole.
 */
export function resampled(level: Pixels, target: Size, key: string, cache: RasterCache): Pixels {
  const scale = Math.max(level.width / target.width, level.height / target.height, 1);
  const side = Math.max(1, Math.min(MAX_BLOCK_PX, Math.floor(MAX_LEVEL_PX / scale)));
  return blockPixels({
    ...target,
    block: { width: side, height: side },
    key,
    cache,
    async load(column, row, signal) {
      const [x, y] = [column * side, row * side];
      const width = Math.min(side, target.width - x);
      const height = Math.min(side, target.height - y);
      const region = { x, y, width, height };
      const area = pixelsFor(resampleWeights(level, target, region), region);
      const part = await level.read(area, signal);
      const image = { width: level.width, height: level.height };
      const origin = { x: area.x, y: area.y };
      const moved = [part.data.buffer as ArrayBuffer];
      return compute({ kind: 'resample', part, origin, image, level: target, region }, moved);
    },
  });
}
