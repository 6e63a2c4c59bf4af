/**
 * YCbCr that no codec turns into RGB: what libtiff calls the raw samples (TIFF 6.0, section 21). JPEG and
 * JPEG 2000 convert by themselves and are none of it.
 *
 * @module
 */
import type { Raster } from '../../../shared/image/raster.ts';
import type { Size } from '../../../shared/image/source.ts';
import type { TiffDirectory } from './tiff-directory.ts';
import { TAG } from './tiff-tags.ts';

export interface Ycc {
  /** Pixels per sample of chroma, along x and y. */
  readonly subsampling: Size;
  /** Shares of red, green and blue in luma. */
  readonly luma: readonly [red: number, green: number, blue: number];
  /** Codes of black and white of luma, and of no chroma and most chroma of blue and red. */
  readonly reference: readonly number[];
}

/** As tag 262 has it. */
export const YCBCR = 6;

const REC_601 = [0.299, 0.587, 0.114] as const;
const FULL_RANGE = [0, 255, 128, 255, 128, 255];

/** Reads the tags that say what the samples of a page mean. */
export async function readYcc(directory: TiffDirectory): Promise<Ycc> {
  const [x = 2, y = 2] = await directory.numbers(TAG.yCbCrSubsampling);
  const [red, green, blue] = await directory.ratios(TAG.yCbCrCoefficients);
  const reference = await directory.ratios(TAG.referenceBlackWhite);
  return {
    subsampling: { width: x, height: y },
    luma: red && green && blue ? [red, green, blue] : REC_601,
    reference: reference.length === 6 ? reference : FULL_RANGE,
  };
}

/** Bytes of luma and chroma that belong together: a unit of the data (section 21, "Ordering of Component Samples"). */
export function unitBytes({ subsampling }: Ycc): number {
  return subsampling.width * subsampling.height + 2;
}

/** Samples in units, as they are stored, to one triple per pixel. `size` is what the units cover, cut. */
export function unpackUnits(ycc: Ycc, units: Uint8Array, { width, height }: Size): Uint8Array {
  const { width: across, height: down } = ycc.subsampling;
  const bytes = unitBytes(ycc);
  const unitsInRow = Math.ceil(width / across);
  const data = new Uint8Array(width * height * 3);
  for (let y = 0, to = 0; y < height; y++) {
    const inUnit = (y % down) * across;
    const row = Math.floor(y / down) * unitsInRow;
    for (let x = 0; x < width; x++, to += 3) {
      const unit = (row + Math.floor(x / across)) * bytes;
      data[to] = units[unit + inUnit + (x % across)]!;
      data[to + 1] = units[unit + bytes - 2]!;
      data[to + 2] = units[unit + bytes - 1]!;
    }
  }
  return data;
}

/** Luma and chroma in place to red, green and blue (section 21, "Transforming YCbCr to RGB"). */
export function yccToRgb({ luma, reference }: Ycc, raster: Raster): Raster {
  const { data } = raster;
  const [lumaRed, lumaGreen, lumaBlue] = luma;
  const [yCodes, blueCodes, redCodes] = [255, 127, 127].map((range, channel) => {
    const [black, white] = [reference[2 * channel]!, reference[2 * channel + 1]!];
    const scale = range / (white - black || range);
    return Float64Array.from({ length: 256 }, (_, code) => (code - black) * scale);
  });
  const clamped = new Uint8ClampedArray(data.buffer, data.byteOffset, data.length);
  for (let i = 0; i < data.length; i += 3) {
    const y = yCodes![data[i]!]!;
    const red = y + redCodes![data[i + 2]!]! * (2 - 2 * lumaRed);
    const blue = y + blueCodes![data[i + 1]!]! * (2 - 2 * lumaBlue);
    clamped[i] = red;
    clamped[i + 1] = (y - lumaBlue * blue - lumaRed * red) / lumaGreen;
    clamped[i + 2] = blue;
  }
  return raster;
}
