/**
 * Plain images: decoded once, as a whole.
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
import type { SlideFile } from '../slide-file.ts';
import type { ChosenPage } from '../tiff/choose-page.ts';
import { compressionName } from '../tiff/compression.ts';
import { TAG } from '../tiff/tiff-tags.ts';
import { deepWarnings, pageWarnings } from '../tiff/tiled-level.ts';
import { decodeBmp, readBmpHeader } from './decode-bmp.ts';
import { decodeStrips, stripsToDecode } from './strips.ts';

/** A file behind a URL that must be fetched as a whole is at most this large. */
const MAX_FETCHED_BYTES = 1024 * 1024 * 1024;

const formats: ReadonlySet<string> = new Set(['jpeg', 'png', 'webp', 'tiff']);

/** For messages. */
const plainFormats = 'JPEG, PNG, WebP, TIFF (also SVS and OME-TIFF), BMP';

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
  const metadata = await readMetadata(input, label, chosen);
  requirePixels(label, metadata, maxPixels);
  const raster = await decodeRgb(input, label, { maxPixels, isTiff: chosen !== undefined, page });
  return {
    raster,
    mpp: chosen?.mpp,
    warnings: [
      ...(chosen?.warnings ?? []),
      ...warningsOf(label, metadata, raster),
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
  chosen: ChosenPage | undefined,
): Promise<Metadata> {
  const page = chosen?.index ?? 0;
  const metadata = await sharp(input, { limitInputPixels: false, page })
    .metadata()
    .catch(() => undefined);
  if (!metadata || !formats.has(metadata.format)) throw await unknownKind(label, metadata, chosen);
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
  chosen: ChosenPage | undefined,
): Promise<UniCellError> {
  const page = chosen?.directories[0];
  if (page) {
    const photometric = (await page.number(TAG.photometric)) ?? 1;
    const bits = await page.numbers(TAG.bitsPerSample);
    const compression = (await page.number(TAG.compression)) ?? 1;
    return new UniCellError(
      'IMAGE_UNSUPPORTED',
      `${label} is a TIFF of a kind that is not read here, or its header is damaged: ${photometricName(photometric)}, ${bits.length || 1} samples of ${bits.join(', ') || 1} bits, compression ${compressionName(compression)}. Export it as 8-bit RGB.`,
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

function photometricName(photometric: number): string {
  const names: Readonly<Record<number, string>> = {
    3: 'palette',
    4: 'mask',
    5: 'CMYK',
    8: 'CIE L*a*b*',
    9: 'ICC L*a*b*',
    10: 'ITU L*a*b*',
    32803: 'colour filter array',
    32844: 'LogL',
    32845: 'LogLuv',
  };
  return names[photometric] ?? `photometric interpretation ${photometric}`;
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
