/**
 * Tiled TIFF of all kinds: SVS, OME-TIFF, generic pyramids, one level; on a disk or behind a URL.
 *
 * @module
 */
import { fingerprintOf } from '../fingerprint.ts';
import { rasterCache } from '../pyramid/pixels.ts';
import { PyramidSlide } from '../pyramid/pyramid-slide.ts';
import type { Slide } from '../slide.ts';
import type { SlideFile } from '../slide-file.ts';
import { pageName } from './choose-page.ts';
import { coarserLevels } from './pyramid-pages.ts';
import { deepWarnings, pageWarnings, tiledLevel } from './tiled-level.ts';

/** Parts of the cache: most for decoded tiles, the rest for what was resampled from them. */
const TILE_SHARE = 0.7;

/**
 * Opens the pyramid of a file's picture.
 *
 * @param cacheBytes Bytes of pixels that are kept.
 * @throws {UniCellError} `IMAGE_UNREADABLE`, `IMAGE_UNSUPPORTED`.
 */
export async function openTiffSlide(file: SlideFile, cacheBytes: number): Promise<Slide> {
  const { tiff, chosen, tiles, bytes } = file;
  if (!tiff || !chosen || !tiles) throw new TypeError('The file has no tiles.');
  const vendor = file.vendor?.id;
  const images = [tiles, ...(await coarserLevels(tiff, chosen, tiles, vendor))];
  const cache = rasterCache(cacheBytes * TILE_SHARE);
  return new PyramidSlide({
    reader: 'tiff',
    vendor,
    mpp: chosen.mpp,
    levels: images.map((image, level) => tiledLevel(bytes, image, String(level), cache)),
    bounds: undefined,
    warnings: [
      ...chosen.warnings,
      ...pageWarnings(bytes.label, tiles),
      ...(await deepWarnings(bytes, images.at(-1)!)),
    ],
    cacheBytes: cacheBytes * (1 - TILE_SHARE),
    fingerprint: (signal) => fingerprintOf(bytes, pageName(chosen), signal),
    close: async () => {
      cache.clear();
      await bytes.close();
    },
  });
}
