/**
 * The resolution that a TIFF header states. JPEG, PNG and WebP are not asked: their density is a print
 * size, mostly a default of 72 or 96 dpi that nobody measured.
 *
 * @module
 */
import { MAX_MPP, MIN_MPP } from '../../../shared/image/resolution.ts';
import type { TiffDirectory } from './tiff-directory.ts';
import { TAG } from './tiff-tags.ts';

/** Micrometres per unit, for the units that OME-XML and ImageJ name. */
const unitUm: Readonly<Record<string, number>> = {
  nm: 1e-3,
  µm: 1,
  μm: 1,
  um: 1,
  micron: 1,
  microns: 1,
  '\\u00B5m': 1,
  mm: 1e3,
  cm: 1e4,
  m: 1e6,
};

/** The tags that may say a resolution. */
export interface ResolutionTags {
  /** Tag 270, where Aperio, OME, ImageJ and Philips write it. */
  readonly description?: string | undefined;
  /** Tag 282, pixels per `resolutionUnit`. */
  readonly xResolution?: number | undefined;
  /** Tag 296. The TIFF default is inch. */
  readonly resolutionUnit: 'none' | 'inch' | 'cm';
}

/** Reads them from a page. */
export async function resolutionTags(directory: TiffDirectory): Promise<ResolutionTags> {
  const unit = await directory.number(TAG.resolutionUnit);
  return {
    description: await directory.text(TAG.description),
    xResolution: await directory.ratio(TAG.xResolution),
    resolutionUnit: unit === 1 ? 'none' : unit === 3 ? 'cm' : 'inch',
  };
}

/**
 * Micrometres per pixel as the header says, in this order: Aperio's `MPP = 0.499`, OME-XML's
 * `PhysicalSizeX` with its unit, the `DICOM_PIXEL_SPACING` of Philips in mm, ImageJ's `unit=micron`, the
 * resolution tags.
 *
 * @returns `undefined` when the header does not say, or says what no microscope gives: 300 dpi, a print
 *   size, is 85 um per pixel.
 */
export function headerMpp(tags: ResolutionTags): number | undefined {
  const candidates = [
    aperioMpp(tags.description),
    omeMpp(tags.description),
    philipsMpp(tags.description),
    imageJMpp(tags),
    resolutionMpp(tags),
  ];
  return candidates.find((mpp) => mpp !== undefined && mpp >= MIN_MPP && mpp <= MAX_MPP);
}

function aperioMpp(description = ''): number | undefined {
  if (!description.startsWith('Aperio')) return undefined;
  const found = /\|\s*MPP\s*=\s*([\d.eE+-]+)/.exec(description);
  return found ? Number(found[1]) : undefined;
}

function omeMpp(description = ''): number | undefined {
  const pixels = /<(?:\w+:)?Pixels\b[^>]*>/.exec(description)?.[0];
  const size = pixels && /\bPhysicalSizeX="([^"]+)"/.exec(pixels)?.[1];
  if (!size) return undefined;
  const unit = /\bPhysicalSizeXUnit="([^"]+)"/.exec(pixels)?.[1] ?? 'µm';
  return inUm(Number(size), unit);
}

/** The first spacing is that of the whole slide; rows come before columns, as in DICOM. */
function philipsMpp(description = ''): number | undefined {
  if (!description.includes('DPUfsImport')) return undefined;
  const found =
    /Name="DICOM_PIXEL_SPACING"[^>]*>\s*(?:&quot;|")[\d.eE+-]+(?:&quot;|")\s*(?:&quot;|")([\d.eE+-]+)/.exec(
      description,
    );
  return found ? Number(found[1]) * 1000 : undefined;
}

function imageJMpp({ description = '', xResolution }: ResolutionTags): number | undefined {
  if (!description.startsWith('ImageJ=') || !xResolution) return undefined;
  const unit = /^unit=(.+)$/m.exec(description)?.[1];
  return unit ? inUm(1 / xResolution, unit.trim()) : undefined;
}

function resolutionMpp({ xResolution, resolutionUnit }: ResolutionTags): number | undefined {
  if (!xResolution || resolutionUnit === 'none') return undefined;
  return (resolutionUnit === 'cm' ? 10_000 : 25_400) / xResolution;
}

function inUm(size: number, unit: string): number | undefined {
  const um = unitUm[unit];
  return um === undefined ? undefined : size * um;
}
