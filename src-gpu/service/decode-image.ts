/**
 * Images of requests, read as slides are: whatever the registry of readers opens.
 *
 * @module
 */
import type { ApiLimits, DecodedImage } from '../../shared/api/adapters.ts';
import type { ImageBody } from '../../shared/api/detect/image-body.ts';
import { UniCellError } from '../../shared/errors.ts';
import { checkPngData } from '../../shared/image/png-data.ts';
import { openSlideNamed } from '../slides/open-named.ts';
import { decodeBeside } from '../slides/plain/decode-beside.ts';
import type { Slide } from '../slides/slide.ts';
import { temporaryFile } from './temporary-file.ts';

/** Pixels that an open slide keeps: many requests are under way at once. */
const CACHE_BYTES = 64 * 2 ** 20;

/**
 * Decodes an image.
 *
 * @param folder Where its bytes lie meanwhile.
 * @param limits Pixels of an image that has to be decoded as a whole.
 * @throws {UniCellError} What the reader throws, without the path of the file.
 */
export async function decodeImage(
  image: ImageBody,
  folder: string,
  { pixels: maxPixels }: Pick<ApiLimits, 'pixels'>,
): Promise<DecodedImage> {
  if (image.type === 'image/png') await checkPngData(image.bytes);
  const file = await temporaryFile(folder, image.bytes);
  let slide: Slide | undefined;
  const close = async () => {
    await slide?.close();
    await file.remove();
  };
  try {
    slide = await openSlideNamed('The picture', file.path, {
      maxPixels,
      cacheBytes: CACHE_BYTES,
      decode: decodeBeside,
    });
    return { source: slide, warnings: slide.warnings, close };
  } catch (error) {
    await close();
    throw clearer(error, image);
  }
}

/** Of an image whose first bytes are those of a kind that is read here, the trouble is another. */
function clearer(error: unknown, { type, bytes }: ImageBody): unknown {
  const isKnown = type !== 'image/tiff' && type !== 'image/bmp' && type !== 'rgb';
  if (!(isKnown && error instanceof UniCellError && error.code === 'IMAGE_UNSUPPORTED'))
    return error;
  return new UniCellError(
    'IMAGE_UNREADABLE',
    `The ${type} file of ${bytes.length} bytes cannot be decoded: it is damaged or truncated. Export it again.`,
    { cause: error },
  );
}
