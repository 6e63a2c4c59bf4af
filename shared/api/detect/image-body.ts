/**
 * From a request's body to an image: raw, in a form, or in JSON.
 *
 * @module
 */

import { UniCellError } from '../../errors.ts';
import { imageSizeOf, type SizedImageType, sniffImage } from '../../image/image-header.ts';
import type { Size } from '../../image/source.ts';
import { mediaTypeOf } from '../http/media-type.ts';
import { partsOfForm } from './form-image.ts';
import type { ImageParts } from './image-parts.ts';
import { partsOfJson } from './json-image.ts';

/** An image as it came. */
export type ImageBody =
  | {
      readonly type: 'rgb';
      readonly bytes: Uint8Array<ArrayBuffer>;
      readonly size: Size;
      readonly mpp?: number | undefined;
    }
  | {
      readonly type: SizedImageType;
      readonly bytes: Uint8Array<ArrayBuffer>;
      /** What the header states. */
      readonly size: Size;
      /** Micrometres per pixel, of a frame of a slide whose metadata say it. */
      readonly mpp?: number | undefined;
    }
  | {
      /** Says its size only when it is opened. */
      readonly type: 'image/tiff';
      readonly bytes: Uint8Array<ArrayBuffer>;
      readonly mpp?: undefined;
    }
  | {
      /** As a TIFF. */
      readonly type: 'image/bmp';
      readonly bytes: Uint8Array<ArrayBuffer>;
      readonly mpp?: undefined;
    };

export const PICTURE_TYPES = ['image/jpeg', 'image/png', 'image/webp', 'image/tiff', 'image/bmp'];

/** Other names that programs give them. */
const ALIASES: Readonly<Record<string, string>> = {
  'image/jpg': 'image/jpeg',
  'image/pjpeg': 'image/jpeg',
  'image/x-png': 'image/png',
  'image/tif': 'image/tiff',
  'image/x-tiff': 'image/tiff',
  'image/x-bmp': 'image/bmp',
  'image/x-ms-bmp': 'image/bmp',
};

function imageTypeOf(mediaType: string): string {
  return ALIASES[mediaType] ?? mediaType;
}

const BODY_TYPES: readonly string[] = [
  ...PICTURE_TYPES,
  'application/octet-stream',
  'multipart/form-data',
  'application/json',
];

/**
 * The media type of a body; one without a type is told by its first bytes.
 *
 * @throws {UniCellError} `MEDIA_TYPE_UNSUPPORTED`, listing those that are taken.
 */
export function checkBodyType(contentType: string | null | undefined): string {
  if (!contentType?.trim()) return 'application/octet-stream';
  const mediaType = imageTypeOf(mediaTypeOf(contentType));
  if (!BODY_TYPES.includes(mediaType)) {
    throw new UniCellError(
      'MEDIA_TYPE_UNSUPPORTED',
      `The content type is ${JSON.stringify(mediaType.slice(0, 100))}; taken are ${BODY_TYPES.join(', ')}.`,
    );
  }
  return mediaType;
}

/**
 * Takes a body apart.
 *
 * @throws {UniCellError} `BODY_EMPTY`, `BODY_INVALID`, `BODY_TOO_LARGE` or `INVALID_OPTIONS`.
 */
export async function takeApart(
  bytes: Uint8Array<ArrayBuffer>,
  contentType: string,
): Promise<ImageParts> {
  if (bytes.length === 0) {
    throw new UniCellError('BODY_EMPTY', 'The body is empty; send a picture in it.');
  }
  switch (mediaTypeOf(contentType)) {
    case 'multipart/form-data':
      return partsOfForm(bytes, contentType);
    case 'application/json':
      return partsOfJson(bytes);
    default:
      return { image: { bytes, declared: mediaTypeOf(contentType) }, options: {} };
  }
}

/**
 * Says what an image's bytes are, and how large the image is, before decoding.
 *
 * @param declaredType The media type of the body, or of the answer of a URL; another than that of a
 *   image says nothing.
 * @param imageSize The header X-Image-Size, for raw pixels.
 * @throws {UniCellError} `IMAGE_UNSUPPORTED`, `IMAGE_UNREADABLE`, `MEDIA_TYPE_MISMATCH` or
 *   `INVALID_OPTIONS`.
 */
export function recogniseImage(
  bytes: Uint8Array<ArrayBuffer>,
  declaredType: string,
  imageSize: string | null | undefined,
): ImageBody {
  const declared = imageTypeOf(declaredType) || 'application/octet-stream';
  if (declared === 'application/octet-stream' && imageSize) return rawImage(bytes, imageSize);
  const type = sniffImage(bytes);
  if (type === undefined) {
    const hint =
      declared === 'application/octet-stream'
        ? ' For raw RGB pixels send the header X-Image-Size: WIDTHxHEIGHT.'
        : '';
    throw new UniCellError(
      'IMAGE_UNSUPPORTED',
      `The ${bytes.length} bytes are no picture of the kinds ${PICTURE_TYPES.join(', ')}.${hint}`,
    );
  }
  if (PICTURE_TYPES.includes(declared) && declared !== type) {
    throw new UniCellError(
      'MEDIA_TYPE_MISMATCH',
      `The content type says ${declared}, but the picture is ${type}. Send it with its own type.`,
    );
  }
  if (type === 'image/tiff') return { type, bytes };
  if (type === 'image/bmp') return { type, bytes };
  return { type, bytes, size: imageSizeOf(bytes, type) };
}

function rawImage(bytes: Uint8Array<ArrayBuffer>, imageSize: string): ImageBody {
  const match = /^\s*(\d{1,7})\s*[xX]\s*(\d{1,7})\s*$/.exec(imageSize);
  const [width, height] = [Number(match?.[1]), Number(match?.[2])];
  if (!(width >= 1 && height >= 1)) {
    throw new UniCellError(
      'INVALID_OPTIONS',
      `X-Image-Size is ${JSON.stringify(imageSize.slice(0, 40))}; it must be WIDTHxHEIGHT in pixels, for instance 256x256.`,
    );
  }
  if (bytes.length !== width * height * 3) {
    throw new UniCellError(
      'IMAGE_UNREADABLE',
      `The body has ${bytes.length} bytes; ${width} x ${height} pixels of RGB have ${width * height * 3}.`,
    );
  }
  return { type: 'rgb', bytes, size: { width, height } };
}
