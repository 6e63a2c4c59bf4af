/**
 * From an encoded image to 8-bit RGB with sharp (libvips): transparency is laid on white (glass), grey
 * is copied to three channels, 16 bits are cut to 8, CMYK is converted. Colour profiles of RGB images
 * are not applied and an orientation is not either: the model was trained on pixels as they are stored,
 * and coordinates are those of the stored pixels, as in QuPath, ImageJ and OpenSlide.
 *
 * @module
 */
import sharp from 'sharp';
import { UniCellError } from '../../shared/errors.ts';
import { tellsOfDamage } from '../../shared/image/jpeg-damage.ts';
import type { Raster } from '../../shared/image/raster.ts';

export interface DecodeOptions {
  /** Largest `width * height`. */
  readonly maxPixels: number;
  readonly isTiff: boolean;
  /** Whether it is a JPEG, and not one inside of a TIFF. */
  readonly isJpeg?: boolean | undefined;
}

/**
 * Decodes the first page of an image.
 *
 * @param input Path or bytes.
 * @param label Names the image in messages.
 * @throws {UniCellError} `IMAGE_UNREADABLE` when it is damaged, truncated or larger than `maxPixels`.
 */
export async function decodeRgb(
  input: string | Uint8Array,
  label: string,
  { maxPixels, isTiff, isJpeg = false }: DecodeOptions,
): Promise<Raster> {
  try {
    // Of a TIFF, libvips counts as warnings what of other formats are errors: strips and tiles that
    // cannot be decoded. Unknown tags, which scanners write, are none.
    const strict = decode(input, maxPixels, isTiff || isJpeg ? 'warning' : 'error');
    return await strict.catch((error) => {
      // Of a JPEG they are also what changes no pixel.
      if (!isJpeg || tellsOfDamage(String(error))) throw error;
      return decode(input, maxPixels, 'error');
    });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split('\n')[0] : String(cause);
    throw new UniCellError(
      'IMAGE_UNREADABLE',
      `${label} cannot be decoded: ${reason}. The file is damaged or truncated; fetch or export it again.`,
      { cause },
    );
  }
}

async function decode(
  input: string | Uint8Array,
  maxPixels: number,
  failOn: 'warning' | 'error',
): Promise<Raster> {
  const options = { failOn, ignoreIcc: true, limitInputPixels: maxPixels, page: 0 };
  const { data, info } = await sharp(input, options)
    .flatten({ background: '#ffffff' })
    .toColourspace('srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  return {
    width: info.width,
    height: info.height,
    data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  };
}
