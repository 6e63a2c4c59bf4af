/**
 * JPEG 2000 tiles of Aperio slides to pixels.
 *
 * @module
 */
import { UniCellError } from '../../../shared/errors.ts';
import type { Raster } from '../../../shared/image/raster.ts';
import type { Size } from '../../../shared/image/source.ts';
import { compute } from '../compute/pool.ts';
import { openSlideHint } from '../openslide/hint.ts';
import { readCodestream } from './codestream.ts';

/**
 * Decodes one tile.
 *
 * @param tile What the slide says of the tile's size; a codestream that promises another is refused
 *   before anything is decoded.
 * @param isYcc Whether the components are luma and two chromas rather than RGB.
 * @throws {UniCellError} `IMAGE_UNREADABLE`; `IMAGE_UNSUPPORTED` for subsampled chroma.
 */
export async function decodeJpeg2000(
  label: string,
  bytes: Uint8Array,
  tile: Size,
  isYcc: boolean,
): Promise<Raster> {
  const header = readCodestream(bytes);
  if (header?.width !== tile.width || header.height !== tile.height || header.components !== 3) {
    throw new UniCellError(
      'IMAGE_UNREADABLE',
      `${label} has a JPEG 2000 tile that is no codestream of ${tile.width} x ${tile.height} pixels in three components. The file is damaged; fetch or export it again.`,
    );
  }
  if (header.isSubsampled) {
    throw new UniCellError(
      'IMAGE_UNSUPPORTED',
      `${label} has JPEG 2000 tiles with subsampled chroma, which are not decoded here. Of an Aperio slide, ${openSlideHint}`,
    );
  }
  return compute({ kind: 'jpeg2000', codestream: bytes, isYcc }).catch((cause: Error) => {
    throw new UniCellError(
      'IMAGE_UNREADABLE',
      `${label} has a JPEG 2000 tile that cannot be decoded: ${cause.message}. Fetch or export the file again.`,
      { cause },
    );
  });
}
