/**
 * From an encoded picture to 8-bit RGB with sharp (libvips): transparency is laid on white (glass), grey
 * is copied to three channels, 16 bits are cut to 8, CMYK is converted. Colour profiles of RGB pictures
 * are not applied and an orientation is not either: the model was trained on pixels as they are stored,
 * and coordinates are those of the stored pixels, as in QuPath, ImageJ and OpenSlide.
 *
 * @module
 */
import sharp from 'sharp';
import { UniCellError } from '../../shared/errors.ts';
import type { Raster } from '../../shared/image/raster.ts';

/**
 * Decodes the first page of a picture.
 *
 * @param input Path or bytes.
 * @param label Names the picture in messages.
 * @param failOn `warning` also refuses what libtiff only warns about: Deflate and LZW data that are
 *   damaged, and tags that scanners write.
 * @throws {UniCellError} `IMAGE_UNREADABLE` when it is damaged, truncated or larger than `maxPixels`.
 */
export async function decodeRgb(
  input: string | Uint8Array,
  label: string,
  maxPixels: number,
  failOn: 'warning' | 'error' = 'error',
): Promise<Raster> {
  try {
    const { data, info } = await sharp(input, {
      failOn,
      ignoreIcc: true,
      limitInputPixels: maxPixels,
      page: 0,
    })
      .flatten({ background: '#ffffff' })
      .toColourspace('srgb')
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    return {
      width: info.width,
      height: info.height,
      data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split('\n')[0] : String(cause);
    throw new UniCellError(
      'IMAGE_UNREADABLE',
      `${label} cannot be decoded: ${reason}. The file is damaged or truncated; fetch or export it again.`,
      { cause },
    );
  }
}
