/**
 * The resolution that a TIFF header states. JPEG, PNG and WebP are not asked: their density is a print
 * size, mostly a default of 72 or 96 dpi that nobody measured.
 *
 * @module
 */
import { mppOfPixel, type PixelSize } from '../../../shared/image/pixel-size.ts';
import { decimal, lengthUm } from './length-unit.ts';
import { readOmeXml } from './ome-xml.ts';
import type { TiffDirectory } from './tiff-directory.ts';
import { TAG } from './tiff-tags.ts';

/** The tags that may say a resolution. */
export interface ResolutionTags {
  /** Tag 270, where Aperio, OME, ImageJ and Philips write it. */
  readonly description?: string | undefined;
  /** Tag 282, pixels per `resolutionUnit`. */
  readonly xResolution?: number | undefined;
  /** Tag 283. */
  readonly yResolution?: number | undefined;
  /** Tag 296. The TIFF default is inch. */
  readonly resolutionUnit: 'none' | 'inch' | 'cm';
}

/** Reads them from a page. */
export async function resolutionTags(directory: TiffDirectory): Promise<ResolutionTags> {
  const unit = await directory.number(TAG.resolutionUnit);
  return {
    description: await directory.text(TAG.description),
    xResolution: await directory.ratio(TAG.xResolution),
    yResolution: await directory.ratio(TAG.yResolution),
    resolutionUnit: unit === 1 ? 'none' : unit === 3 ? 'cm' : 'inch',
  };
}

/**
 * The size of a pixel as the header says, in this order: Aperio's `MPP = 0.499`, OME-XML's `PhysicalSizeX` with
 * its unit, the `DICOM_PIXEL_SPACING` of Philips in mm, ImageJ's `unit=micron`, the resolution tags.
 *
 * @param omeSize What OME-XML says of the image that is read, where it has several; else of the first.
 * @returns `undefined` when the header does not say, or says what no microscope gives: 300 dpi, a print
 *   size, is 85 um per pixel.
 */
export function headerPixelSize(
  tags: ResolutionTags,
  omeSize: PixelSize | undefined = omePixelSize(tags.description),
): PixelSize | undefined {
  const candidates = [
    aperioPixelSize(tags.description),
    omeSize,
    philipsPixelSize(tags.description),
    imageJPixelSize(tags),
    tagsPixelSize(tags),
  ];
  return candidates.find((size) => size !== undefined && mppOfPixel(size) !== undefined);
}

function aperioPixelSize(description = ''): PixelSize | undefined {
  if (!description.startsWith('Aperio')) return undefined;
  return square(/\|\s*MPP\s*=\s*([\d.,eE+-]+)/.exec(description)?.[1]);
}

function omePixelSize(description = ''): PixelSize | undefined {
  return /<(?:\w+:)?Pixels\b/.test(description) ? readOmeXml(description)[0]?.pixelSize : undefined;
}

/** The first spacing is that of the whole slide; rows come before columns, as in DICOM. */
function philipsPixelSize(description = ''): PixelSize | undefined {
  if (!description.includes('DPUfsImport')) return undefined;
  const number = '(?:&quot;|")([\\d.,eE+-]+)(?:&quot;|")';
  const [, rows, columns] =
    new RegExp(`Name="DICOM_PIXEL_SPACING"[^>]*>\\s*${number}\\s*${number}`).exec(description) ??
    [];
  if (rows === undefined || columns === undefined) return undefined;
  return { x: decimal(columns) * 1000, y: decimal(rows) * 1000 };
}

function imageJPixelSize({ description = '', ...tags }: ResolutionTags): PixelSize | undefined {
  const { xResolution, yResolution = xResolution } = tags;
  if (!description.startsWith('ImageJ=') || !xResolution || !yResolution) return undefined;
  const said = (key: string) => new RegExp(`^${key}=(.+)$`, 'm').exec(description)?.[1];
  const unit = said('unit');
  const x = unit && lengthUm(1 / xResolution, unit);
  const y = unit && lengthUm(1 / yResolution, said('yunit') ?? unit);
  return x && y ? { x, y } : undefined;
}

function tagsPixelSize(tags: ResolutionTags): PixelSize | undefined {
  const { xResolution, yResolution = xResolution, resolutionUnit } = tags;
  if (!xResolution || !yResolution || resolutionUnit === 'none') return undefined;
  const unitUm = resolutionUnit === 'cm' ? 10_000 : 25_400;
  return { x: unitUm / xResolution, y: unitUm / yResolution };
}

function square(text: string | undefined): PixelSize | undefined {
  return text === undefined ? undefined : { x: decimal(text), y: decimal(text) };
}
