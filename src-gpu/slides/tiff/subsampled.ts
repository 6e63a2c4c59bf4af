/**
 * Whether the JPEG 2000 tiles of a slide have fewer samples of chroma than of luma.
 *
 * @module
 */
import type { ByteSource } from '../bytes/byte-source.ts';
import { readCodestream } from '../jpeg2000/codestream.ts';
import type { TiledImage } from './tiled-image.ts';

/** Tiles among which one has bytes: scanners leave out those of glass. */
const TILES_TO_TRY = 64;
const HEADER_BYTES = 64;

/** Looks at the first tile that has bytes. */
export async function isSubsampled(bytes: ByteSource, { planes }: TiledImage): Promise<boolean> {
  const { offsets, byteCounts } = planes[0]!;
  for (let index = 0; index < Math.min(TILES_TO_TRY, offsets.length); index++) {
    const length = await byteCounts.get(index);
    if (length < HEADER_BYTES) continue;
    const head = await bytes.read(await offsets.get(index), HEADER_BYTES);
    return readCodestream(head)?.isSubsampled ?? false;
  }
  return false;
}
