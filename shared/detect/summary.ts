/**
 * Counts and densities.
 *
 * @module
 */
import type { Dataset } from '../datasets/dataset.ts';
import { UniCellError } from '../errors.ts';
import type { Size } from '../image/source.ts';
import type { Nuclei } from '../nuclei/nuclei.ts';

/**
 * The area that the model looked at, in square millimetres. Where it looked at nothing, that of the image:
 * no nuclei in nothing would have no density.
 *
 * @param mpp Micrometres per pixel of the image.
 * @param level The image at the model's resolution.
 * @param seenPx Pixels of the level in the cores of the windows that were run.
 */
export function seenAreaMm2(image: Size, mpp: number, level: Size, seenPx: number): number {
  const share = seenPx === 0 ? 1 : seenPx / (level.width * level.height);
  return areaMm2(image, mpp) * share;
}

/** How many nuclei, and how densely they lie. */
export interface Count {
  readonly count: number;
  /** Nuclei per square millimetre of what the model looked at, glass included. */
  readonly perMm2: number;
}

/** Counts per class in head order, classes without nuclei included, and over all classes. */
export interface Summary {
  readonly areaMm2: number;
  readonly total: Count;
  readonly classes: readonly (Count & { readonly name: string; readonly label: string })[];
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
 * @param area In square millimetres, as of `areaMm2`.
 * @throws {UniCellError} As {@link summariseCounts}.
 */
export function summarise(nuclei: Nuclei, dataset: Dataset, area: number): Summary {
  const counts = noCounts();
  addCounts(counts, nuclei);
  return summariseCounts(counts, dataset, area);
}

/**
 * Names what was counted.
 *
 * @param area In square millimetres, as of `areaMm2`.
 * @throws {UniCellError} `INVALID_OPTIONS` when the area is not positive, `POINTS_INVALID` when a
 * nucleus has a class that the dataset has not.
 */
export function summariseCounts(counts: ClassCounts, dataset: Dataset, area: number): Summary {
  if (!(area > 0 && Number.isFinite(area))) {
    throw new UniCellError('INVALID_OPTIONS', `The area is ${area} mm2; it must be positive.`);
  }
  const stray = counts.findIndex((count, index) => count > 0 && index >= dataset.classes.length);
  if (stray !== -1) {
    throw new UniCellError(
      'POINTS_INVALID',
      `A nucleus has the class ${stray}; ${dataset.id} has the classes 0 to ${dataset.classes.length - 1}.`,
    );
  }
  const counted = (count: number): Count => ({ count, perMm2: count / area });
  return {
    areaMm2: area,
    total: counted(counts.reduce((sum, count) => sum + count, 0)),
    classes: dataset.classes.map(({ name, label }, index) => ({
      name,
      label,
      ...counted(counts[index]!),
    })),
  };
}
