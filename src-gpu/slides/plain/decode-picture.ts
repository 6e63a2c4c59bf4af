/**
 * An image that is decoded as a whole by libvips.
 *
 * @module
 */
import sharp, { type Metadata } from 'sharp';
import { UniCellError } from '../../../shared/errors.ts';
import type { Raster } from '../../../shared/image/raster.ts';
import { decodeRgb } from '../decode-rgb.ts';
import { openSlideHint } from '../openslide/hint.ts';
import type { SlideWarning } from '../slide.ts';

/** What is to be decoded. */
export interface PictureTask {
  /** Path or bytes. */
  readonly input: string | Uint8Array;
  /** Names the image in messages. */
  readonly label: string;
  /** Largest `width * height`; the header is checked first. */
  readonly maxPixels: number;
  readonly isTiff: boolean;
}

export interface DecodedPicture {
  readonly raster: Raster;
  readonly warnings: readonly SlideWarning[];
}

/** Decodes here or elsewhere. */
export type PictureDecoder = (task: PictureTask) => Promise<DecodedPicture>;

const formats: ReadonlySet<string> = new Set(['jpeg', 'png', 'webp', 'tiff']);

/** For messages. */
const plainFormats = 'JPEG, PNG, WebP, TIFF (also SVS and OME-TIFF)';

/** @throws {UniCellError} `IMAGE_UNSUPPORTED`, `IMAGE_TOO_LARGE`, `IMAGE_UNREADABLE`. */
export async function decodePicture({
  input,
  label,
  maxPixels,
  isTiff,
}: PictureTask): Promise<DecodedPicture> {
  const metadata = await readMetadata(input, label);
  requirePixels(label, metadata, maxPixels);
  return {
    raster: await decodeRgb(input, label, {
      maxPixels,
      isTiff,
      isJpeg: metadata.format === 'jpeg',
    }),
    warnings: warningsOf(label, metadata),
  };
}

function requirePixels(
  label: string,
  { width, height, format }: Metadata,
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

async function readMetadata(input: string | Uint8Array, label: string): Promise<Metadata> {
  const metadata = await sharp(input, { limitInputPixels: false })
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
