/**
 * Plain images: decoded once, as a whole.
 *
 * @module
 */
import { UniCellError } from '../../../shared/errors.ts';
import type { Raster } from '../../../shared/image/raster.ts';
import type { SlideWarning } from '../slide.ts';
import type { SlideFile } from '../slide-file.ts';
import { compressionName, decoderOf, ZSTANDARD } from '../tiff/compression.ts';
import { headerMpp, resolutionTags } from '../tiff/header-mpp.ts';
import { TAG } from '../tiff/tiff-tags.ts';
import { decodePicture, type PictureDecoder } from './decode-picture.ts';

/** A file behind a URL that must be fetched as a whole is at most this large. */
const MAX_FETCHED_BYTES = 1024 * 1024 * 1024;

export interface DecodedFile {
  readonly raster: Raster;
  /** What the header states, if it states a measured one. */
  readonly mpp: number | undefined;
  readonly warnings: readonly SlideWarning[];
}

/**
 * Decodes an image: JPEG, PNG, WebP, or the first page of a TIFF.
 *
 * @param maxPixels Largest `width * height` that is decoded; the header is checked first.
 * @param decode Where it is decoded; in this process when left out.
 * @throws {UniCellError} `IMAGE_UNSUPPORTED` for a file that is no image of these formats,
 *   `IMAGE_TOO_LARGE`, `IMAGE_UNREADABLE` for a damaged or truncated file.
 */
export async function decodePlain(
  file: SlideFile,
  maxPixels: number,
  decode: PictureDecoder = decodePicture,
): Promise<DecodedFile> {
  const { bytes, tiff } = file;
  const { label } = bytes;
  const compression = (await tiff?.directories[0]?.number(TAG.compression)) ?? 1;
  if (tiff && (decoderOf(compression) !== 'libvips' || compression === ZSTANDARD)) {
    throw new UniCellError(
      'IMAGE_UNSUPPORTED',
      `${label} is a TIFF with compression ${compressionName(compression)}, which cannot be decoded here. ` +
        'Convert it to JPEG or Deflate compression first, for instance with `vips tiffsave`.',
    );
  }
  if (file.path === undefined && bytes.size > MAX_FETCHED_BYTES) {
    throw new UniCellError(
      'IMAGE_TOO_LARGE',
      `${label} has ${bytes.size} bytes and would have to be fetched as a whole; that is done up to ${MAX_FETCHED_BYTES}. Make it a tiled TIFF, or upload it.`,
    );
  }
  const input = file.path ?? (await bytes.read(0, bytes.size));
  const first = tiff?.directories[0];
  const task = { input, label, maxPixels, isTiff: tiff !== undefined };
  const { raster, warnings } = await decode(task);
  return { raster, mpp: first && headerMpp(await resolutionTags(first)), warnings };
}
