/**
 * An image that is decoded as a whole by libvips.
 *
 * @module
 */
import sharp, { type Metadata } from 'sharp';
import { UniCellError } from '../../../shared/errors.ts';
import { isWithoutColour, noColourWarning } from '../../../shared/image/colour.ts';
import { orientationWarning } from '../../../shared/image/orientation.ts';
import type { Raster } from '../../../shared/image/raster.ts';
import type { Size } from '../../../shared/image/source.ts';
import { brightestSample, decodeRgb } from '../decode-rgb.ts';
import { openSlideHint } from '../openslide/hint.ts';
import { findOpenSlide } from '../openslide/library.ts';
import { rangeWarnings } from '../sample-range.ts';
import type { SlideWarning } from '../slide.ts';

/** What is to be decoded. */
export interface PlainImageTask {
  /** Path or bytes. */
  readonly input: string | Uint8Array;
  /** Names the image in messages. */
  readonly label: string;
  /** Largest `width * height`; the header is checked first. */
  readonly maxPixels: number;
  readonly isTiff: boolean;
  /** Of a file that has several, from 0. */
  readonly page?: number | undefined;
  /** What a TIFF holds, for messages. */
  readonly kind?: string | undefined;
}

export interface DecodedPlainImage {
  readonly raster: Raster;
  readonly warnings: readonly SlideWarning[];
}

/** Decodes here or elsewhere. */
export type PlainImageDecoder = (task: PlainImageTask) => Promise<DecodedPlainImage>;

const formats: ReadonlySet<string> = new Set(['jpeg', 'png', 'webp', 'tiff']);

/** For messages. */
const plainFormats = 'JPEG, PNG, WebP, TIFF (also SVS and OME-TIFF), BMP';

/** @throws {UniCellError} `IMAGE_UNSUPPORTED`, `IMAGE_TOO_LARGE`, `IMAGE_UNREADABLE`. */
export async function decodePlainImage({
  input,
  label,
  maxPixels,
  isTiff,
  page = 0,
  kind,
}: PlainImageTask): Promise<DecodedPlainImage> {
  const metadata = await readMetadata(input, label, { page, kind });
  requirePixels(label, metadata, maxPixels);
  const isJpeg = metadata.format === 'jpeg';
  const raster = await decodeRgb(input, label, { maxPixels, isTiff, isJpeg, page });
  const isDeep = metadata.depth === 'ushort';
  const range = isDeep ? rangeWarnings(label, await brightestSample(input, { page })) : [];
  return { raster, warnings: [...warningsOf(label, metadata, raster), ...range] };
}

/** @throws {UniCellError} `IMAGE_TOO_LARGE`. */
export function requirePixels(
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
  { page, kind }: Pick<PlainImageTask, 'page' | 'kind'>,
): Promise<Metadata> {
  const metadata = await sharp(input, { limitInputPixels: false, page: page ?? 0 })
    .metadata()
    .catch(() => undefined);
  if (!metadata || !formats.has(metadata.format)) {
    throw await unknownKind(label, metadata, kind);
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

/** Says what a file is as far as can be told, and what may read it. */
async function unknownKind(
  label: string,
  metadata: Metadata | undefined,
  kind: string | undefined,
): Promise<UniCellError> {
  if (kind !== undefined) {
    return new UniCellError(
      'IMAGE_UNSUPPORTED',
      `${label} is a TIFF of a kind that is not read here, or its header is damaged: ${kind}. Export it as 8-bit RGB.`,
    );
  }
  const what = metadata ? `is ${metadata.format}` : 'is not a picture, or its header is damaged';
  const hint = (await findOpenSlide())
    ? 'OpenSlide is installed and does not know it either.'
    : `If it is a slide of another kind: ${openSlideHint}`;
  return new UniCellError(
    'IMAGE_UNSUPPORTED',
    `${label} ${what}; a picture must be one of ${plainFormats}. ${hint}`,
  );
}

function warningsOf(
  label: string,
  { orientation = 1, space }: Pick<Metadata, 'orientation' | 'space'>,
  raster: Raster,
): SlideWarning[] {
  const warnings: SlideWarning[] = [];
  if (orientation !== 1) {
    warnings.push(orientationWarning(label, orientation));
  }
  if (space === 'b-w' || space === 'grey16' || isWithoutColour(raster)) {
    warnings.push(noColourWarning(label));
  }
  return warnings;
}
