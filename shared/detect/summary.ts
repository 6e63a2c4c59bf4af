/**
 * Counts and densities.
 *
 * @module
 */
import type { Dataset } from '../datasets/dataset.ts';
import { UniCellError } from '../errors.ts';
import type { Size } from '../image/source.ts';
import type { Nuclei } from '../nuclei/nuclei.ts';
import type { RegionFilter } from '../tiling/region-filter.ts';
import { classFilter } from './class-filter.ts';

/**
 * The area that densities are over, in square millimetres: of the regions that were asked for, as far as they lie
 * in the image; without regions of the tissue; and of the whole image where there is none. It does not depend on how the image is run.
 *
 * @param mpp Micrometres per pixel of the image.
 */
export function densityAreaMm2(
  image: Size,
  mpp: number,
  { regions, tissue }: DensityParts,
): number {
  const whole = areaMm2(image, mpp);
  if (regions !== undefined) return (whole * regions.areaPx) / (image.width * image.height);
  return whole * (tissue?.fraction || 1);
}

export interface DensityParts {
  readonly regions?: Pick<RegionFilter, 'areaPx'> | undefined;
  /** How much of the image is tissue, 0 to 1. */
  readonly tissue?: { readonly fraction: number } | undefined;
}

/** How many nuclei, and how densely they lie. */
export interface Count<Density extends number | null = number> {
  readonly count: number;
  /** Nuclei per square millimetre of {@link densityAreaMm2}; `null` where nothing was examined. */
  readonly perMm2: Density;
}

/** Counts in head order per class that was asked for, those without nuclei included, and of these together. */
export interface Summary<Density extends number | null = number> {
  readonly areaMm2: number;
  /** False where some classes were asked for: the others were not counted. */
  readonly hasAllClasses: boolean;
  readonly total: Count<Density>;
  readonly classes: readonly (Count<Density> & { readonly name: string; readonly label: string })[];
}

/** The area of an image in square millimetres, from its size in pixels and its um per pixel. */
export function areaMm2(image: Size, mpp: number): number {
  return (image.width * image.height * mpp * mpp) / 1e6;
}

/** Nuclei by class index, to be added to table by table. */
export type ClassCounts = Uint32Array;

/** Nothing counted yet. */
export function noCounts(): ClassCounts {
  return new Uint32Array(256);
}

/** Adds the nuclei of a table. */
export function addCounts(counts: ClassCounts, nuclei: Nuclei): void {
  for (const classIndex of nuclei.class) {
    counts[classIndex]! += 1;
  }
}

/**
 * Counts nuclei per class.
 *
 * @param area In square millimetres, as of `densityAreaMm2`.
 * @param classes Those that were asked for; all when left out.
 * @throws {UniCellError} `INVALID_OPTIONS` when the area is not positive, and as {@link summariseCounts}.
 */
export function summarise(
  nuclei: Nuclei,
  dataset: Dataset,
  area: number,
  classes?: readonly string[] | undefined,
): Summary {
  if (!(area > 0 && Number.isFinite(area))) {
    throw new UniCellError('INVALID_OPTIONS', `The area is ${area} mm2; it must be positive.`);
  }
  const counts = noCounts();
  addCounts(counts, nuclei);
  return named(counts, { dataset, area, classes }, (count) => count / area);
}

/**
 * Names what was counted.
 *
 * @param area In square millimetres, as of `densityAreaMm2`; 0 where nothing was examined.
 * @param classes As of {@link summarise}.
 * @throws {UniCellError} `INVALID_OPTIONS` when the area is negative, `POINTS_INVALID` when a nucleus has a class that
 *   the dataset has not.
 */
export function summariseCounts(
  counts: ClassCounts,
  dataset: Dataset,
  area: number,
  classes?: readonly string[] | undefined,
): Summary<number | null> {
  if (!(area >= 0 && Number.isFinite(area))) {
    throw new UniCellError('INVALID_OPTIONS', `The area is ${area} mm2; it must not be negative.`);
  }
  return named(counts, { dataset, area, classes }, (count) => densityOf(count, area));
}

/** Per square millimetre; `null` where there is nothing to divide by. */
export function densityOf(count: number, area: number): number | null {
  return area > 0 ? count / area : null;
}

interface NamedParts {
  readonly dataset: Dataset;
  readonly area: number;
  readonly classes: readonly string[] | undefined;
}

function named<Density extends number | null>(
  counts: ClassCounts,
  { dataset, area, classes }: NamedParts,
  density: (count: number) => Density,
): Summary<Density> {
  const stray = counts.findIndex((count, index) => count > 0 && index >= dataset.classes.length);
  if (stray !== -1) {
    throw new UniCellError(
      'POINTS_INVALID',
      `A nucleus has the class ${stray}; ${dataset.id} has the classes 0 to ${dataset.classes.length - 1}.`,
    );
  }
  const counted = (count: number): Count<Density> => ({ count, perMm2: density(count) });
  const isWanted = classFilter(dataset, classes);
  return {
    areaMm2: area,
    hasAllClasses: classes === undefined,
    total: counted(counts.reduce((sum, count) => sum + count, 0)),
    classes: dataset.classes.flatMap(({ name, label }, index) =>
      isWanted(index) ? [{ name, label, ...counted(counts[index]!) }] : [],
    ),
  };
}
