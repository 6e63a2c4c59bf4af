/**
 * Plain images: decoded once, as a whole.
 *
 * @module
 */
import sharp, { type Metadata } from 'sharp';
import { UniCellError } from '../../../shared/errors.ts';
import type { Raster } from '../../../shared/image/raster.ts';
import type { Size } from '../../../shared/image/source.ts';
import { brightestSample, decodeRgb } from '../decode-rgb.ts';
import { openSlideHint } from '../openslide/hint.ts';
import { rangeWarnings } from '../sample-range.ts';
import type { SlideWarning } from '../slide.ts';
import type { SlideFile } from '../slide-file.ts';
import { deepWarnings } from '../tiff/tiled-level.ts';
import { decodeStrips, stripsToDecode } from './strips.ts';

/** A file behind a URL that must be fetched as a whole is at most this large. */
const MAX_FETCHED_BYTES = 1024 * 1024 * 1024;

const formats: ReadonlySet<string> = new Set(['jpeg', 'png', 'webp', 'tiff']);

/** For messages. */
const plainFormats = 'JPEG, PNG, WebP, TIFF (also SVS and OME-TIFF)';

export interface DecodedFile {
  readonly raster: Raster;
  /** What the header states, if it states a measured one. */
  readonly mpp: number | undefined;
  readonly warnings: readonly SlideWarning[];
}

/**
 * Decodes an image: JPEG, PNG, WebP, or the picture of a TIFF.
 *
 * @param maxPixels Largest `width * height` that is decoded; the header is checked first.
 * @throws {UniCellError} `IMAGE_UNSUPPORTED` for a file that is no image of these formats,
 *   `IMAGE_TOO_LARGE`, `IMAGE_UNREADABLE` for a damaged or truncated file.
 */
export async function decodePlain(file: SlideFile, maxPixels: number): Promise<DecodedFile> {
  const { bytes, chosen } = file;
  const { label } = bytes;
  const strips = chosen && (await stripsToDecode(label, chosen));
  if (chosen && strips) {
    requirePixels(label, { ...strips, format: 'tiff' }, maxPixels);
    const { mpp, warnings } = chosen;
    const raster = await decodeStrips(bytes, strips);
    return { raster, mpp, warnings: [...warnings, ...(await deepWarnings(bytes, strips))] };
  }
  if (file.path === undefined && bytes.size > MAX_FETCHED_BYTES) {
    throw new UniCellError(
      'IMAGE_TOO_LARGE',
      `${label} has ${bytes.size} bytes and would have to be fetched as a whole; that is done up to ${MAX_FETCHED_BYTES}. Make it a tiled TIFF, or upload it.`,
    );
  }
  const input = file.path ?? (await bytes.read(0, bytes.size));
  const page = chosen?.index ?? 0;
  const metadata = await readMetadata(input, label, page);
  requirePixels(label, metadata, maxPixels);
  return {
    raster: await decodeRgb(input, label, { maxPixels, isTiff: chosen !== undefined, page }),
    mpp: chosen?.mpp,
    warnings: [
      ...(chosen?.warnings ?? []),
      ...warningsOf(label, metadata),
      ...(metadata.depth === 'ushort'
        ? rangeWarnings(label, await brightestSample(input, { page }))
        : []),
    ],
  };
}

function requirePixels(
  label: string,
  { width, height, format }: Size & { readonly format: string },
  maxPixels: number,
): void {
  if (width * height <= maxPixels) return;
  const advice =
    format === 'tiff'
      ? ' Its pixels do not lie in tiles, so parts of it cannot be read: make it a pyramid with `vips tiffsave IN OUT --tile --pyramid --compression jpeg`.'
      : ' Cut a region out of it, or make it a tiled TIFF with `vips tiffsave IN OUT --tile --pyramid --compression jpeg`.';
  throw new UniCellError(
    'IMAGE_TOO_LARGE',
    `${label} is ${width} x ${height} pixels (${Math.round((width * height) / 1e6)} megapixels); at most ` +
      `${Math.round(maxPixels / 1e6)} megapixels are decoded at once.${advice}`,
  );
}

async function readMetadata(
  input: string | Uint8Array,
  label: string,
  page: number,
): Promise<Metadata> {
  const metadata = await sharp(input, { limitInputPixels: false, page })
    .metadata()
    .catch(() => undefined);
  if (!metadata || !formats.has(metadata.format)) {
    const what = metadata ? `is ${metadata.format}` : 'is not a picture, or its header is damaged';
    throw new UniCellError(
      'IMAGE_UNSUPPORTED',
      `${label} ${what}; a picture must be one of ${plainFormats}. If it is a slide of another kind: ${openSlideHint}`,
    );
  }
  const { depth, space, channels } = metadata;
  if (!(depth === 'uchar' || depth === 'ushort') || space === 'multiband' || channels > 5) {
    throw new UniCellError(
      'IMAGE_UNSUPPORTED',
      `${label} holds ${channels} channels of type ${depth} (${space}); a picture must be grey, RGB or CMYK ` +
        'with 8 or 16 bits per channel. Export it as 8-bit RGB.',
    );
  }
  return metadata;
}

function warningsOf(label: string, { orientation = 1, space }: Metadata): SlideWarning[] {
  const warnings: SlideWarning[] = [];
  if (orientation !== 1) {
    warnings.push({
      code: 'ORIENTATION_IGNORED',
      detail: `${label} asks viewers to turn it (orientation ${orientation}); coordinates are those of the pixels as stored.`,
    });
  }
  if (space === 'b-w' || space === 'grey16') {
    warnings.push({
      code: 'NO_COLOUR',
      detail: `${label} has no colour; the model was trained on H&E colours and may find little.`,
    });
  }
  return warnings;
}
