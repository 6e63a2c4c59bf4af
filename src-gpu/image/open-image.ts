/**
 * Opens a picture file with sharp (libvips) as an image source of the core.
 *
 * Whatever the file holds becomes 8-bit RGB: transparency is laid on white (glass), grey is copied to
 * three channels, 16 bits are cut to 8, CMYK is converted. Colour profiles of RGB pictures are not
 * applied and an EXIF or TIFF orientation is not either: the model was trained on pixels as they are
 * stored, and coordinates are those of the stored pixels, as in QuPath, ImageJ and OpenSlide.
 *
 * @module
 */
import { stat } from 'node:fs/promises';
import sharp, { type Metadata } from 'sharp';
import { UniCellError } from '../../shared/errors.ts';
import type { Raster } from '../../shared/image/raster.ts';
import { RasterSource } from '../../shared/image/raster-source.ts';
import type { ImageSource } from '../../shared/image/source.ts';
import { headerMpp } from './header-mpp.ts';
import { readTiffTags } from './tiff-tags.ts';

/** 268 megapixels (16384 x 16384), 805 MB as RGB: what one process may hold of one picture. */
const defaultMaxPixels = 16_384 * 16_384;

const formats: Readonly<Record<string, string>> = {
  jpeg: 'JPEG',
  png: 'PNG',
  webp: 'WebP',
  tiff: 'TIFF (also SVS and OME-TIFF)',
};
const formatList = Object.values(formats).join(', ');

/** Compressions that occur in slides and that libvips cannot decode here. */
const unreadableCompressions: Readonly<Record<number, string>> = {
  33003: 'JPEG 2000 (Aperio, YCbCr)',
  33005: 'JPEG 2000 (Aperio, RGB)',
  34712: 'JPEG 2000',
};

export interface OpenedImage {
  /** The picture for the core; its `mpp` is what the header states, if it states a measured one. */
  readonly source: ImageSource;
  /** The same pixels, for drawing. */
  readonly raster: Raster;
  /** What a user should know about how the file was read. */
  readonly warnings: readonly PictureWarning[];
}

export interface PictureWarning {
  readonly code: 'NO_COLOUR' | 'ORIENTATION_IGNORED';
  /** A full sentence. */
  readonly detail: string;
}

/**
 * Opens a picture: JPEG, PNG, WebP, or the first (largest) page of a TIFF.
 *
 * @param maxPixels Largest `width * height` that is decoded; the header is checked first.
 * @throws {UniCellError} `SOURCE_NOT_FOUND`, `IMAGE_UNSUPPORTED` for a file that is no picture of these
 *   formats, `IMAGE_TOO_LARGE`, `IMAGE_UNREADABLE` for an empty, damaged or truncated file.
 */
export async function openImage(
  path: string,
  maxPixels: number = defaultMaxPixels,
): Promise<OpenedImage> {
  await requireFile(path);
  const metadata = await readMetadata(path);
  const { width, height, format } = metadata;
  if (width * height > maxPixels) {
    throw new UniCellError(
      'IMAGE_TOO_LARGE',
      `${path} is ${width} x ${height} pixels (${Math.round((width * height) / 1e6)} megapixels); at most ` +
        `${Math.round(maxPixels / 1e6)} megapixels are decoded at once. Cut a region out of it, or pass a smaller level.`,
    );
  }
  const tags = format === 'tiff' ? await readTiffTags(path) : undefined;
  const compression = unreadableCompressions[tags?.compression ?? 0];
  if (compression) {
    throw new UniCellError(
      'IMAGE_UNSUPPORTED',
      `${path} is a TIFF with compression ${tags?.compression}, ${compression}, which cannot be decoded here. ` +
        'Convert it to JPEG or Deflate compression first, for instance with `vips tiffsave`.',
    );
  }
  const raster = await decode(path, maxPixels);
  return {
    source: new RasterSource(raster, tags && headerMpp(tags)),
    raster,
    warnings: warningsOf(path, metadata),
  };
}

function warningsOf(path: string, { orientation = 1, space }: Metadata): PictureWarning[] {
  const warnings: PictureWarning[] = [];
  if (orientation !== 1) {
    warnings.push({
      code: 'ORIENTATION_IGNORED',
      detail: `${path} asks viewers to turn it (orientation ${orientation}); coordinates are those of the pixels as stored.`,
    });
  }
  if (space === 'b-w' || space === 'grey16') {
    warnings.push({
      code: 'NO_COLOUR',
      detail: `${path} has no colour; the model was trained on H&E colours and may find little.`,
    });
  }
  return warnings;
}

async function requireFile(path: string): Promise<void> {
  const status = await stat(path).catch((cause: NodeJS.ErrnoException) => {
    throw new UniCellError(
      'SOURCE_NOT_FOUND',
      `${path} cannot be opened (${cause.code}). Pass the path of a picture: ${formatList}.`,
      { cause },
    );
  });
  if (!status.isFile()) {
    throw new UniCellError(
      'SOURCE_NOT_FOUND',
      `${path} is not a file. Pass the path of one picture: ${formatList}.`,
    );
  }
  if (status.size === 0) {
    throw new UniCellError(
      'IMAGE_UNREADABLE',
      `${path} is empty (0 bytes). Pass the path of a picture: ${formatList}.`,
    );
  }
}

async function readMetadata(path: string): Promise<Metadata> {
  // libvips would read the JPEG thumbnail beside a Mirax slide and call it the picture.
  const isMirax = /\.mrxs$/i.test(path);
  const metadata = isMirax
    ? undefined
    : await sharp(path, { limitInputPixels: false })
        .metadata()
        .catch(() => undefined);
  if (!metadata || !(metadata.format in formats)) {
    const what = isMirax
      ? 'is a Mirax slide'
      : metadata
        ? `is ${metadata.format}`
        : 'is not a picture, or its header is damaged';
    throw new UniCellError(
      'IMAGE_UNSUPPORTED',
      `${path} ${what}; a picture must be one of ${formatList}.`,
    );
  }
  const { depth, space, channels } = metadata;
  if (!(depth === 'uchar' || depth === 'ushort') || space === 'multiband' || channels > 5) {
    throw new UniCellError(
      'IMAGE_UNSUPPORTED',
      `${path} holds ${channels} channels of type ${depth} (${space}); a picture must be grey, RGB or CMYK ` +
        'with 8 or 16 bits per channel. Export it as 8-bit RGB.',
    );
  }
  return metadata;
}

async function decode(path: string, maxPixels: number): Promise<Raster> {
  try {
    const { data, info } = await sharp(path, {
      // Scanners write tags that libtiff warns about; an error or a truncated file is refused.
      failOn: 'error',
      ignoreIcc: true,
      limitInputPixels: maxPixels,
      page: 0,
    })
      .flatten({ background: '#ffffff' })
      .toColourspace('srgb')
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    return {
      width: info.width,
      height: info.height,
      data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split('\n')[0] : String(cause);
    throw new UniCellError(
      'IMAGE_UNREADABLE',
      `${path} cannot be decoded: ${reason}. The file is damaged or truncated; fetch or export it again.`,
      { cause },
    );
  }
}
