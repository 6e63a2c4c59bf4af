/**
 * Tiles in Zstandard as tiles in Deflate: libvips' TIFF comes without Zstandard, Node has it.
 *
 * @module
 */
import { promisify } from 'node:util';
import { deflate, zstdDecompress } from 'node:zlib';
import { UniCellError } from '../../../shared/errors.ts';
import { DEFLATE } from './compression.ts';
import type { TiledImage } from './tiled-image.ts';

const MAX_SAMPLE_BYTES = 2;

/**
 * The image and some of its tiles with another compression; not made smaller, for it is undone at once.
 *
 * @throws {UniCellError} `IMAGE_UNREADABLE` for a damaged tile, or one that unpacks to more than its
 *   pixels.
 */
export async function recodeZstandard(
  label: string,
  image: TiledImage,
  tiles: readonly Uint8Array[],
): Promise<{ readonly image: TiledImage; readonly tiles: readonly Uint8Array[] }> {
  const { tile, samples } = image;
  const maxOutputLength = tile.width * tile.height * samples * MAX_SAMPLE_BYTES;
  try {
    const recoded = await Promise.all(
      tiles.map(async (bytes) =>
        promisify(deflate)(await promisify(zstdDecompress)(bytes, { maxOutputLength }), {
          level: 0,
        }),
      ),
    );
    return { image: { ...image, compression: DEFLATE }, tiles: recoded };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UniCellError(
      'IMAGE_UNREADABLE',
      `${label} has a tile in Zstandard that cannot be unpacked: ${reason}. The file is damaged; fetch or export it again.`,
      { cause },
    );
  }
}
