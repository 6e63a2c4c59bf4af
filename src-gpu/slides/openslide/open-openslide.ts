/**
 * Everything that OpenSlide reads: Hamamatsu, Mirax, Leica, Ventana, Trestle, Sakura, Philips ...
 *
 * @module
 */
import { UniCellError } from '../../../shared/errors.ts';
import { fingerprintOf } from '../fingerprint.ts';
import { blockPixels, type Pixels, type RasterCache, rasterCache } from '../pyramid/pixels.ts';
import { PyramidSlide } from '../pyramid/pyramid-slide.ts';
import type { Slide } from '../slide.ts';
import type { SlideFile } from '../slide-file.ts';
import { openSlideHint } from './hint.ts';
import { findOpenSlide, type Handle, type OpenSlideLibrary } from './library.ts';
import { boundsOf, mppOf, warningsOf } from './properties.ts';
import { SharedHandle } from './shared-handle.ts';

const BLOCK_PX = 512;
/** OpenSlide has a cache of tiles of its own; this one holds what was read from it. */
const TILE_SHARE = 0.7;

/**
 * Opens a slide with OpenSlide. Its associated images (label, macro, thumbnail) are not asked for.
 *
 * @param cacheBytes Bytes of pixels that are kept.
 * @throws {UniCellError} `IMAGE_UNSUPPORTED` where OpenSlide is not installed, does not know the file or
 *   the file lies behind a URL; `IMAGE_UNREADABLE` when the slide is damaged.
 */
export async function openWithOpenSlide(file: SlideFile, cacheBytes: number): Promise<Slide> {
  const { path, bytes } = file;
  const what = file.vendor?.ownRules ?? 'a slide that only OpenSlide reads';
  if (path === undefined) {
    throw new UniCellError(
      'IMAGE_UNSUPPORTED',
      `${bytes.label} is ${what}, and OpenSlide reads only files on this machine. Upload the slide.`,
    );
  }
  const library = await findOpenSlide();
  if (!library) {
    throw new UniCellError('IMAGE_UNSUPPORTED', `${path} is ${what}. ${openSlideHint}`);
  }
  const shared = await SharedHandle.open(library, path);
  const cache = rasterCache(cacheBytes * TILE_SHARE);
  return shared.ask((handle) => {
    const property = (name: string) => library.property(handle, name);
    const levels = readLevels(library, handle, shared, cache);
    const bounds = boundsOf(property, levels[0]!);
    // The pixels of other formats lie in files beside the one that is named.
    const quickHash = file.tiff ? '' : (property('openslide.quickhash-1') ?? '');
    return new PyramidSlide({
      reader: 'openslide',
      vendor: property('openslide.vendor') ?? undefined,
      mpp: mppOf(property),
      levels,
      bounds,
      warnings: warningsOf(property, bounds),
      cacheBytes: cacheBytes * (1 - TILE_SHARE),
      fingerprint: (signal) => fingerprintOf(bytes, quickHash, signal),
      async close() {
        cache.clear();
        await shared.close();
        await bytes.close();
      },
    });
  });
}

function readLevels(
  library: OpenSlideLibrary,
  handle: Handle,
  shared: SharedHandle,
  cache: RasterCache,
): Pixels[] {
  return Array.from({ length: library.levelCount(handle) }, (_, level) => {
    const { width, height } = library.levelSize(handle, level);
    const downsample = library.levelDownsample(handle, level);
    return blockPixels({
      width,
      height,
      block: { width: BLOCK_PX, height: BLOCK_PX },
      key: String(level),
      cache,
      load(column, row, signal) {
        const [left, top] = [column * BLOCK_PX, row * BLOCK_PX];
        const [x, y] = [Math.round(left * downsample), Math.round(top * downsample)];
        const size = {
          width: Math.min(BLOCK_PX, width - left),
          height: Math.min(BLOCK_PX, height - top),
        };
        return shared.read(x, y, level, size, signal);
      },
    });
  });
}
