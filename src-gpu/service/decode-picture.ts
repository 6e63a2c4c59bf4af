/**
 * Pictures of requests, read as slides are: whatever the registry of readers opens.
 *
 * @module
 */
import { basename } from 'node:path';
import type { ApiAdapters, DecodedPicture } from '../../shared/api/adapters.ts';
import type { PictureBody } from '../../shared/api/picture-body.ts';
import { checkPixels } from '../../shared/api/picture-weight.ts';
import { UniCellError } from '../../shared/errors.ts';
import { openSlide } from '../slide/open-slide.ts';
import type { Slide } from '../slide/slide.ts';
import { temporaryFile } from './temporary-file.ts';

/** Pixels that an open slide keeps: many requests are under way at once. */
const CACHE_BYTES = 64 * 2 ** 20;

/**
 * Decodes a picture.
 *
 * @param folder Where its bytes lie meanwhile.
 * @throws {UniCellError} What the reader throws, without the path of the file; `IMAGE_TOO_LARGE`.
 */
export async function decodePicture(
  picture: PictureBody,
  folder: string,
  api: Pick<ApiAdapters, 'limits' | 'jobs'>,
): Promise<DecodedPicture> {
  const file = await temporaryFile(folder, picture.bytes);
  let slide: Slide | undefined;
  const close = async () => {
    await slide?.close();
    await file.remove();
  };
  try {
    const { pixels: maxPixels } = api.limits;
    slide = await openSlide(file.path, { maxPixels, cacheBytes: CACHE_BYTES });
    checkPixels(slide, api);
    return { source: slide, warnings: slide.warnings, close };
  } catch (error) {
    await close();
    throw error instanceof UniCellError ? forClient(error, picture, file.path) : error;
  }
}

/** What a reader says of a file, said of the picture that the client has sent. */
function forClient({ code, message, cause }: UniCellError, picture: PictureBody, path: string) {
  if (code === 'IMAGE_UNSUPPORTED' && picture.type !== 'image/tiff') {
    // Its first bytes are those of a kind that is read here.
    const detail = `The ${picture.type} file of ${picture.bytes.length} bytes cannot be decoded: it is damaged or truncated. Export it again.`;
    return new UniCellError('IMAGE_UNREADABLE', detail, { cause });
  }
  const detail = message.replaceAll(path, 'The picture').replaceAll(basename(path), 'The picture');
  return new UniCellError(code, detail, { cause });
}
