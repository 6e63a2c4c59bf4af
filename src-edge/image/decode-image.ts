/**
 * Decodes JPEG, PNG and WebP in a Worker with the WebAssembly codecs of jSquash.
 *
 * As on the other tier: transparency is laid on white (glass), an orientation that the file asks viewers
 * for is not applied, colour profiles are not either.
 *
 * @module
 */

import jpegModule from '@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm';
import decodeJpeg, { init as initJpeg } from '@jsquash/jpeg/decode.js';
import pngModule from '@jsquash/png/codec/pkg/squoosh_png_bg.wasm';
import decodePng, { init as initPng } from '@jsquash/png/decode.js';
import webpModule from '@jsquash/webp/codec/dec/webp_dec.wasm';
import decodeWebp, { init as initWebp } from '@jsquash/webp/decode.js';
import type { DecodedImage } from '../../shared/api/adapters.ts';
import type { ImageBody } from '../../shared/api/detect/image-body.ts';
import { UniCellError } from '../../shared/errors.ts';
import { isWithoutColour, noColourWarning } from '../../shared/image/colour.ts';
import { tellsOfDamage } from '../../shared/image/jpeg-damage.ts';
import { orientationOf, orientationWarning } from '../../shared/image/orientation.ts';
import { checkPngData } from '../../shared/image/png-data.ts';
import { checkPngSums } from '../../shared/image/png-sums.ts';
import { RasterSource } from '../../shared/image/raster-source.ts';

/** Pixels as the codecs give them. */
interface Rgba {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray;
}

/** What `init` takes besides, and its declaration leaves out. */
const startJpeg = initJpeg as (
  module: WebAssembly.Module,
  options: { readonly printErr: (text: string) => void },
) => Promise<void>;

type Decoder = (file: ArrayBuffer) => Promise<Rgba>;

/** A codec's heap never shrinks; after an image of more pixels it is given up, with its instance. */
const KEPT_PIXELS = 1024 * 1024;

const decoders: Readonly<Record<'image/jpeg' | 'image/png' | 'image/webp', Decoder>> = {
  'image/jpeg': renewed(() => startJpeg(jpegModule, { printErr: noteWarning }), decodeWholeJpeg),
  // jSquash makes only one instance of this one.
  'image/png': renewed(() => initPng(pngModule), decodePng),
  'image/webp': renewed(() => initWebp(webpModule), decodeWebp),
};

/**
 * @throws {UniCellError} `IMAGE_UNREADABLE` for a damaged or truncated file, or one whose pixels are not
 *   as many as its header says.
 */
export async function decodeImage(image: ImageBody): Promise<DecodedImage> {
  if (image.type === 'rgb' || image.type === 'image/tiff' || image.type === 'image/bmp') {
    throw new UniCellError('IMAGE_UNSUPPORTED', `${image.type} is not decoded at the edge.`);
  }
  const { type, bytes, size } = image;
  if (type === 'image/png') {
    checkPngSums(bytes);
    await checkPngData(bytes);
  }
  let rgba: Rgba;
  try {
    rgba = await decoders[type](exactBuffer(bytes));
  } catch (cause) {
    throw new UniCellError(
      'IMAGE_UNREADABLE',
      `The ${type} file of ${bytes.length} bytes cannot be decoded: it is damaged or truncated. Export it again.`,
      { cause },
    );
  }
  const { width, height } = rgba;
  if (width !== size.width || height !== size.height) {
    throw new UniCellError(
      'IMAGE_UNREADABLE',
      `The header of the ${type} file says ${size.width} x ${size.height} pixels and it holds ${width} x ${height}.`,
    );
  }
  const raster = { width, height, data: onWhite(rgba) };
  const orientation = orientationOf(bytes, type);
  const warnings = [
    ...(orientation === 1 ? [] : [orientationWarning('The picture', orientation)]),
    ...(isWithoutColour(raster) ? [noColourWarning('The picture')] : []),
  ];
  return { source: new RasterSource(raster), warnings };
}

/** What libjpeg has said since a decoding began; one runs at a time. */
let warning: string | undefined;

function noteWarning(text: string): void {
  warning ??= text;
}

/** libjpeg paints grey what it does not have, and warns. */
async function decodeWholeJpeg(file: ArrayBuffer): Promise<Rgba> {
  warning = undefined;
  const image = await decodeJpeg(file);
  if (warning !== undefined && tellsOfDamage(warning)) throw new Error(warning);
  return image;
}

/** Makes an instance of a codec when there is none, or the last one is too large or has failed. */
function renewed(start: () => Promise<unknown> | undefined, decode: Decoder): Decoder {
  let isFit = false;
  return async (file) => {
    if (!isFit) await start();
    isFit = false;
    const image = await decode(file);
    isFit = image.width * image.height <= KEPT_PIXELS;
    return image;
  };
}

function exactBuffer(bytes: Uint8Array<ArrayBuffer>): ArrayBuffer {
  const isWhole = bytes.byteLength === bytes.buffer.byteLength;
  return isWhole ? bytes.buffer : bytes.slice().buffer;
}

function onWhite({ width, height, data }: Rgba): Uint8Array {
  const pixels = width * height;
  const rgb = new Uint8Array(pixels * 3);
  for (let i = 0, from = 0, to = 0; i < pixels; i++, from += 4, to += 3) {
    const alpha = data[from + 3]!;
    for (let channel = 0; channel < 3; channel++) {
      const value = data[from + channel]!;
      rgb[to + channel] =
        alpha === 255 ? value : Math.round((value * alpha + 255 * (255 - alpha)) / 255);
    }
  }
  return rgb;
}
