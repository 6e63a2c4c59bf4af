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
  type ColourPages,
  readStripColours,
  readTiledColours,
  sampleMaxOf,
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
  pages: ColourPages,
): Promise<TiledImage | undefined> {
  const page = pages.directories[0]!;
  const isInPages = pages.directories.length > 1;
  const compression = (await page.number(TAG.compression)) ?? 1;
  const isYcc = (await page.number(TAG.photometric)) === YCBCR && !convertsColour(compression);
  const isOfLibvips = decoderOf(compression) === 'libvips' && compression !== ZSTANDARD;
  if (isOfLibvips && !isYcc && !isInPages && !(await isNarrow(page, pages))) return undefined;
  // Tiles come here as well, when they cannot be decoded one by one.
  const strips = (await readTiledColours(label, pages)) ?? (await readStripColours(label, pages));
  const why = strips ? whyUndecodable(strips) : `has compression ${compressionName(compression)}`;
  if (!strips || why !== undefined) {
    throw new UniCellError(
      'IMAGE_UNSUPPORTED',
      `${label} is a TIFF that ${why}, which cannot be decoded here. Convert it to RGB with JPEG or Deflate compression first, for instance with \`vips tiffsave\`.`,
    );
  }
  return strips;
}

/** Whether samples of 16 bits use fewer, as the header says: libvips would cut the bits that they use. */
async function isNarrow(page: TiffDirectory, { significantBits = 16 }: ColourPages) {
  const [bits] = await page.numbers(TAG.bitsPerSample);
  return bits === 16 && (significantBits < 16 || (await sampleMaxOf(page)) !== undefined);
}

/** Decodes all of them. */
export function decodeStrips(bytes: ByteSource, strips: TiledImage): Promise<Raster> {
  const { width, height } = strips;
  const pixels = tiledLevel(bytes, strips, '0', rasterCache(CACHE_BYTES));
  return pixels.read({ x: 0, y: 0, width, height });
}
