/**
 * A picture, or where it is, in a body of JSON.
 *
 * @module
 */
import * as z from 'zod';
import { parseFrameUrl } from '../../dicomweb/dicomweb-url.ts';
import { UniCellError } from '../../errors.ts';
import { jsonTooLarge, LONG_TEXT, parseJsonWithLongText } from '../http/json-body.ts';
import { dicomwebFrameSchema } from '../sources/dicomweb-schemas.ts';
import { decodeBase64 } from './base64-image.ts';
import type { ImageParts } from './image-parts.ts';

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

/** @throws {UniCellError} `BODY_EMPTY`, `BODY_INVALID`, `BODY_TOO_LARGE`. */
export function partsOfJson(bytes: Uint8Array<ArrayBuffer>): ImageParts {
  const { json, longText } = parseJsonWithLongText(bytes);
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new UniCellError('BODY_INVALID', 'The JSON body must be an object with "image".');
  }
  const { image, ...options } = json as Record<string, unknown>;
  const parsed = imageMemberSchema.safeParse(image);
  const named = parsed.data;
  if (named && 'base64' in named) {
    if (longText && named.base64 !== LONG_TEXT) throw jsonTooLarge();
    return { image: decodeBase64(longText ?? new TextEncoder().encode(named.base64)), options };
  }
  // What is long is no picture.
  if (longText) throw jsonTooLarge();
  if (!named) throw wrongImage(image);
  return { image: namedImage(named), options };
}

function namedImage(
  image: Exclude<z.infer<typeof imageMemberSchema>, { base64: string }>,
): ImageParts['image'] {
  if ('dicomweb' in image) return image;
  const frame = parseFrameUrl(image.url);
  return frame ? { dicomweb: { ...frame, authorization: 'none' } } : image;
}

function wrongImage(image: unknown): UniCellError {
  const frame = dicomwebFrameSchema.safeParse((image as { dicomweb?: unknown } | null)?.dicomweb);
  const [issue] = frame.error?.issues ?? [];
  const isFrame = typeof image === 'object' && image !== null && 'dicomweb' in image;
  return new UniCellError(
    'BODY_INVALID',
    isFrame && issue
      ? `The member "image.dicomweb" of the JSON body is wrong at ${JSON.stringify(issue.path.join('.'))}: ${issue.message}. It must be {"root", "study", "series", "instance", "frame"}.`
      : 'The member "image" of the JSON body must be {"base64": "..."}, {"url": "https://..."} or {"dicomweb": {...}}.',
  );
}
