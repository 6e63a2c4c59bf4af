/**
 * Plain images: decoded once, as a whole.
 *
 * @module
 */
import { UniCellError } from '../../../shared/errors.ts';
import { isWithoutColour, noColourWarning } from '../../../shared/image/colour.ts';
import type { Raster } from '../../../shared/image/raster.ts';
import type { SlideWarning } from '../slide.ts';
import type { SlideFile } from '../slide-file.ts';
import { deepWarnings, pageWarnings } from '../tiff/tiled-level.ts';
import { decodeBmp, readBmpHeader } from './decode-bmp.ts';
import { decodePlainImage, type PlainImageDecoder, requirePixels } from './decode-plain-image.ts';
import { decodeStrips, stripsToDecode } from './strips.ts';
import { tiffKind } from './tiff-kind.ts';

/** A file behind a URL that must be fetched as a whole is at most this large. */
const MAX_FETCHED_BYTES = 1024 * 1024 * 1024;

export interface DecodedFile {
  readonly raster: Raster;
  /** What the header states, if it states a measured one. */
  readonly mpp: number | undefined;
  readonly warnings: readonly SlideWarning[];
}

/**
 * Decodes an image: JPEG, PNG, WebP, BMP, or the picture of a TIFF.
 *
 * @param maxPixels Largest `width * height` that is decoded; the header is checked first.
 * @param decode Where it is decoded; in this process when left out.
 * @throws {UniCellError} `IMAGE_UNSUPPORTED` for a file that is no image of these formats,
 *   `IMAGE_TOO_LARGE`, `IMAGE_UNREADABLE` for a damaged or truncated file.
 */
export async function decodePlain(
  file: SlideFile,
  maxPixels: number,
  decode: PlainImageDecoder = decodePlainImage,
): Promise<DecodedFile> {
  const { bytes, chosen } = file;
  const { label } = bytes;
  const strips = chosen && (await stripsToDecode(label, chosen));
  if (chosen && strips) {
    requirePixels(label, { ...strips, format: 'tiff' }, maxPixels);
    const { mpp, warnings } = chosen;
    const raster = await decodeStrips(bytes, strips);
    const deep = await deepWarnings(bytes, strips);
    return { raster, mpp, warnings: [...warnings, ...pageWarnings(label, strips), ...deep] };
  }
  if (file.path === undefined && bytes.size > MAX_FETCHED_BYTES) {
    throw new UniCellError(
      'IMAGE_TOO_LARGE',
      `${label} has ${bytes.size} bytes and would have to be fetched as a whole; that is done up to ${MAX_FETCHED_BYTES}. Make it a tiled TIFF, or upload it.`,
    );
  }
  if (file.type === 'image/bmp') return decodeBitmap(file, maxPixels);
  const input = file.path ?? (await bytes.read(0, bytes.size));
  const page = chosen?.index ?? 0;
  const kind = chosen && (await tiffKind(chosen.directories[0]!));
  const task = { input, label, maxPixels, isTiff: chosen !== undefined, page, kind };
  const { raster, warnings } = await decode(task);
  return { raster, mpp: chosen?.mpp, warnings: [...(chosen?.warnings ?? []), ...warnings] };
}

async function decodeBitmap({ bytes }: SlideFile, maxPixels: number): Promise<DecodedFile> {
  const { label } = bytes;
  const whole = await bytes.read(0, bytes.size);
  const header = readBmpHeader(label, whole);
  requirePixels(label, { ...header, format: 'bmp' }, maxPixels);
  const raster = decodeBmp(whole, header);
  const warnings = isWithoutColour(raster) ? [noColourWarning(label)] : [];
  return { raster, mpp: undefined, warnings };
}
