/**
 * From a request's body to an image: raw, in a form, or in JSON.
 *
 * @module
 */

import * as z from 'zod';
import { parseFrameUrl } from '../../dicomweb/dicomweb-url.ts';
import { UniCellError } from '../../errors.ts';
import { imageSizeOf, type SizedImageType, sniffImage } from '../../image/image-header.ts';
import type { Size } from '../../image/source.ts';
import { mediaTypeOf } from '../http/media-type.ts';
import { optionsFromTexts } from '../http/options.ts';
import { type DicomwebFrame, dicomwebFrameSchema } from '../sources/dicomweb-schemas.ts';
import { DETECT_KINDS } from './detect-options.ts';

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

/** Where the image of a request is, and the options that stand beside it. */
export interface ImageParts {
  readonly image:
    | {
        readonly bytes: Uint8Array<ArrayBuffer>;
        /** The media type that the request states for it; empty for none. */
        readonly declared: string;
      }
    | { readonly url: string }
    | { readonly dicomweb: DicomwebFrame };
  readonly options: Record<string, unknown>;
}

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

function pictureType(mediaType: string): string {
  return ALIASES[mediaType] ?? mediaType;
}

const BODY_TYPES: readonly string[] = [
  ...PICTURE_TYPES,
  'application/octet-stream',
  'multipart/form-data',
  'application/json',
];

/** The `image` member of a JSON body. */
export const imageMemberSchema = z.union([
  z.strictObject({ base64: z.string().describe('A JPEG, PNG, WebP, TIFF or BMP file.') }),
  z.strictObject({
    url: z
      .string()
      .describe('https, public host; the WADO-RS URL of a frame is fetched as `dicomweb` is.'),
  }),
  z.strictObject({
    dicomweb: dicomwebFrameSchema.describe('A frame of a whole slide in a PACS.'),
  }),
]);

/**
 * The media type of a body; one without a type is told by its first bytes.
 *
 * @throws {UniCellError} `MEDIA_TYPE_UNSUPPORTED`, listing those that are taken.
 */
export function checkBodyType(contentType: string | null | undefined): string {
  if (!contentType?.trim()) return 'application/octet-stream';
  const mediaType = pictureType(mediaTypeOf(contentType));
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
 * @throws {UniCellError} `BODY_EMPTY`, `BODY_INVALID` or `INVALID_OPTIONS`.
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
      return fromForm(bytes, contentType);
    case 'application/json':
      return fromJson(bytes);
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
  const declared = pictureType(declaredType) || 'application/octet-stream';
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

async function fromForm(bytes: Uint8Array<ArrayBuffer>, contentType: string): Promise<ImageParts> {
  const form = await new Response(bytes, { headers: { 'content-type': contentType } })
    .formData()
    .catch((cause) => {
      throw new UniCellError(
        'BODY_INVALID',
        'The body is not multipart/form-data with the boundary of its content type.',
        { cause },
      );
    });
  const fields = [...form].filter(
    (field): field is [string, string] => typeof field[1] === 'string',
  );
  const files = [...form].flatMap(([name, value]) =>
    typeof value === 'string' ? [] : [{ name, value }],
  );
  const [image] = files;
  if (files.length !== 1 || image?.name !== 'image') {
    throw new UniCellError(
      'BODY_INVALID',
      `The form has the files ${files.map(({ name }) => JSON.stringify(name)).join(', ') || '(none)'}; it needs one, in the field "image".`,
    );
  }
  const file = new Uint8Array(await image.value.arrayBuffer());
  if (file.length === 0) {
    throw new UniCellError('BODY_EMPTY', 'The file "image" of the form is empty; send a picture.');
  }
  return {
    image: { bytes: file, declared: mediaTypeOf(image.value.type) },
    options: optionsFromTexts(fields, DETECT_KINDS),
  };
}

function fromJson(bytes: Uint8Array<ArrayBuffer>): ImageParts {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new UniCellError('BODY_INVALID', 'The body is not JSON in UTF-8.', { cause });
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new UniCellError('BODY_INVALID', 'The JSON body must be an object with "image".');
  }
  const { image, ...options } = json as Record<string, unknown>;
  const parsed = imageMemberSchema.safeParse(image);
  if (!parsed.success) {
    const frame = dicomwebFrameSchema.safeParse((image as { dicomweb?: unknown } | null)?.dicomweb);
    const [issue] = frame.error?.issues ?? [];
    const isFrame = typeof image === 'object' && image !== null && 'dicomweb' in image;
    throw new UniCellError(
      'BODY_INVALID',
      isFrame && issue
        ? `The member "image.dicomweb" of the JSON body is wrong at ${JSON.stringify(issue.path.join('.'))}: ${issue.message}. It must be {"root", "study", "series", "instance", "frame"}.`
        : 'The member "image" of the JSON body must be {"base64": "..."}, {"url": "https://..."} or {"dicomweb": {...}}.',
    );
  }
  return { image: namedImage(parsed.data), options };
}

function namedImage(image: z.infer<typeof imageMemberSchema>): ImageParts['image'] {
  if ('dicomweb' in image) return image;
  if ('base64' in image) return fromBase64(image.base64);
  const frame = parseFrameUrl(image.url);
  return frame ? { dicomweb: { ...frame, authorization: 'none' } } : image;
}

function fromBase64(text: string): ImageParts['image'] {
  const dataUrl = /^data:([\w/+.-]+);base64,/.exec(text);
  const plain = text.slice(dataUrl?.[0].length ?? 0).replaceAll(/\s/g, '');
  let binary: string;
  try {
    binary = atob(plain.replaceAll('-', '+').replaceAll('_', '/'));
  } catch {
    throw new UniCellError('BODY_INVALID', 'The member "image.base64" is not base64.');
  }
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  if (bytes.length === 0) {
    throw new UniCellError('BODY_EMPTY', 'The member "image.base64" is empty; send a picture.');
  }
  return { bytes, declared: mediaTypeOf(dataUrl?.[1]) };
}
