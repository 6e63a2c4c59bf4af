/**
 * Strips of a TIFF that libvips would read wrongly or not at all, and that are decoded as tiles are.
 *
 * @module
 */
import { UniCellError } from '../../../shared/errors.ts';
import type { Raster } from '../../../shared/image/raster.ts';
import type { ByteSource } from '../bytes/byte-source.ts';
import { rasterCache } from '../pyramid/pixels.ts';
import { compressionName, convertsColour, decoderOf, ZSTANDARD } from '../tiff/compression.ts';
import type { TiffDirectory } from '../tiff/tiff-directory.ts';
import { TAG } from '../tiff/tiff-tags.ts';
import {
  readStrips,
  readTiledImage,
  type TiledImage,
  whyUndecodable,
} from '../tiff/tiled-image.ts';
import { tiledLevel } from '../tiff/tiled-level.ts';
import { YCBCR } from '../tiff/ycc.ts';

/** Strips that were decoded are not asked for again. */
const CACHE_BYTES = 1024 * 1024;

/**
 * The strips of a page, when libvips must not be asked for it.
 *
 * @returns `undefined` for a page that libvips reads as it is meant.
 * @throws {UniCellError} `IMAGE_UNSUPPORTED` for a page that nobody here reads as it is meant,
 *   `IMAGE_UNREADABLE`.
 */
export async function stripsToDecode(
  label: string,
  page: TiffDirectory,
): Promise<TiledImage | undefined> {
  const compression = (await page.number(TAG.compression)) ?? 1;
  const isYcc = (await page.number(TAG.photometric)) === YCBCR && !convertsColour(compression);
  if (decoderOf(compression) === 'libvips' && compression !== ZSTANDARD && !isYcc) return undefined;
  // Tiles come here as well, when they cannot be decoded one by one.
  const strips = (await readTiledImage(label, page)) ?? (await readStrips(label, page));
  const why = strips ? whyUndecodable(strips) : `has compression ${compressionName(compression)}`;
  if (!strips || why !== undefined) {
    throw new UniCellError(
      'IMAGE_UNSUPPORTED',
      `${label} is a TIFF that ${why}, which cannot be decoded here. Convert it to RGB with JPEG or Deflate compression first, for instance with \`vips tiffsave\`.`,
    );
  }
  return strips;
}

/** Decodes all of them. */
export function decodeStrips(bytes: ByteSource, strips: TiledImage): Promise<Raster> {
  const { width, height } = strips;
  const pixels = tiledLevel(bytes, strips, '0', rasterCache(CACHE_BYTES));
  return pixels.read({ x: 0, y: 0, width, height });
}
