/**
 * From an encoded image to 8-bit RGB with sharp (libvips): transparency is laid on white (glass), grey
 * is copied to three channels, 16 bits are cut to 8, CMYK is converted. Colour profiles of RGB images
 * are not applied and an orientation is not either: the model was trained on pixels as they are stored,
 * and coordinates are those of the stored pixels, as in QuPath, ImageJ and OpenSlide.
 *
 * @module
 */
import sharp, { type Sharp } from 'sharp';
import { UniCellError } from '../../shared/errors.ts';
import { tellsOfDamage } from '../../shared/image/jpeg-damage.ts';
import type { Raster } from '../../shared/image/raster.ts';

export interface DecodeOptions {
  /** Largest `width * height`. */
  readonly maxPixels: number;
  readonly isTiff: boolean;
  /** Of a file that has several, from 0. */
  readonly page?: number;
  /** Of 16-bit samples the value of white, when it is less than 65,535. */
  readonly sampleMax?: number | undefined;
  /** Whether it is a JPEG, and not one inside of a TIFF. */
  readonly isJpeg?: boolean | undefined;
}

/** Samples of 16 bits before they are cut to 8. */
const DEEP = 65_535;

/**
 * Decodes a page of an image.
 *
 * @param input Path or bytes.
 * @param label Names the image in messages.
 * @throws {UniCellError} `IMAGE_UNREADABLE` when it is damaged, truncated or larger than `maxPixels`.
 */
export async function decodeRgb(
  input: string | Uint8Array,
  label: string,
  { maxPixels, isTiff, isJpeg = false, page = 0, sampleMax }: DecodeOptions,
): Promise<Raster> {
  try {
    const given = { maxPixels, page, sampleMax };
    // Of a TIFF, libvips counts as warnings what of other formats are errors: strips and tiles that
    // cannot be decoded. Unknown tags, which scanners write, are none.
    const strict = decode(input, given, isTiff || isJpeg ? 'warning' : 'error');
    return await strict.catch((error) => {
      // Of a JPEG they are also what changes no pixel.
      if (!isJpeg || tellsOfDamage(String(error))) throw error;
      return decode(input, given, 'error');
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

/**
 * The brightest sample of red, green and blue in a page of 16 bits.
 *
 * @throws What sharp throws.
 */
export async function brightestSample(
  input: string | Uint8Array,
  { page = 0 }: Pick<DecodeOptions, 'page'> = {},
): Promise<number> {
  const { channels } = await sharp(input, { page, limitInputPixels: false }).stats();
  return Math.max(...channels.slice(0, channels.length < 3 ? 1 : 3).map(({ max }) => max));
}

/** Scales samples so that `sampleMax` is white; alpha is in the same range. */
async function decodeDeep(image: Sharp, sampleMax: number): Promise<Raster> {
  const { data, info } = await image
    .toColourspace('rgb16')
    .raw({ depth: 'ushort' })
    .toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  const samples = new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2);
  const colours = channels < 3 ? 1 : 3;
  const out = new Uint8ClampedArray(width * height * 3);
  const scale = 255 / sampleMax;
  for (let i = 0, from = 0; i < out.length; i += 3, from += channels) {
    const alpha = channels > colours ? Math.min(1, samples[from + colours]! / sampleMax) : 1;
    for (let c = 0; c < 3; c++) {
      const value = samples[from + (colours === 3 ? c : 0)]! * scale;
      out[i + c] = 255 + (value - 255) * alpha;
    }
  }
  return { width, height, data: new Uint8Array(out.buffer) };
}

async function decode(
  input: string | Uint8Array,
  { maxPixels, page, sampleMax }: Pick<DecodeOptions, 'maxPixels' | 'page' | 'sampleMax'>,
  failOn: 'warning' | 'error',
): Promise<Raster> {
  const options = { failOn, ignoreIcc: true, limitInputPixels: maxPixels, page };
  const image = sharp(input, options);
  if (sampleMax !== undefined && sampleMax < DEEP) return decodeDeep(image, sampleMax);
  const { data, info } = await image
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
