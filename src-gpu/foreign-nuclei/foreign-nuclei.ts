/**
 * Nuclei that another program found, and its file with the classes in it.
 *
 * @module
 */
import type { PointList } from '../../shared/detect/classify-points.ts';
import { UNKNOWN_CLASS } from '../../shared/scoring/labelled-points.ts';

/** What the coordinates of a file count. */
export type Unit = 'px' | 'um';

/** The classes of the nuclei of a file, in their order. */
export interface GivenClasses {
  readonly names: readonly string[];
  /** `#rrggbb`. */
  readonly colours: readonly string[];
  /** Index into `names`; `UNKNOWN_CLASS` where there is none. */
  readonly class: Uint8Array;
  readonly score: Float32Array;
}

export interface ForeignNuclei {
  /** As in the file. */
  readonly points: PointList;
  readonly unit: Unit;
  /** Whether pixels are counted from the corner of the scanned area, as QuPath does. */
  readonly isOfQuPath: boolean;
  /** Of the file that {@link ForeignNuclei.write} makes, without the first dot. */
  readonly extension: string;
  /** The file once more, with classes. */
  write(classes: GivenClasses): Uint8Array;
}

/** Columns that tables get; what they held before is replaced. */
export const CLASS_COLUMN = 'unicell_class';
export const SCORE_COLUMN = 'unicell_score';

/** The class of a row; `undefined` without one. */
export function nameOf({ names, class: classes }: GivenClasses, row: number): string | undefined {
  return classes[row] === UNKNOWN_CLASS ? undefined : names[classes[row]!];
}

/** A score as all files have it. */
export function roundedScore({ score }: GivenClasses, row: number): number {
  return Math.round(score[row]! * 1e4) / 1e4;
}
