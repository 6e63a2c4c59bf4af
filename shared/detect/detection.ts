/**
 * What a detection answers.
 *
 * @module
 */
import type { ModelDataset } from '../datasets/model-datasets.ts';
import type { Resolution } from '../image/resolution.ts';
import type { Size } from '../image/source.ts';
import type { Nuclei } from '../nuclei/nuclei.ts';

/** The nuclei of an image, under one or more datasets. */
export interface Detection {
  /** Size of the image at full resolution, the pixels of all coordinates. */
  readonly image: Size;
  readonly mpp: Resolution;
  /** Size of the image at the model's resolution. */
  readonly level: Size;
  /** How the image was cut and what was kept: with overlap and ownership, or as the authors do. */
  readonly protocol: 'default' | 'official';
  readonly model: { readonly id: string; readonly version: string; readonly provider: string };
  /** Windows that the model saw. */
  readonly windows: number;
  /** What densities are over, in square millimetres: see `densityAreaMm2`. */
  readonly areaMm2: number;
  /** Of the whole image. */
  readonly imageAreaMm2: number;
  /** That were asked for; all when left out. */
  readonly classes?: readonly string[] | undefined;
  readonly results: readonly DatasetResult[];
  readonly warnings: readonly Warning[];
}

/** The nuclei of an image under one dataset. */
export interface DatasetResult {
  readonly dataset: ModelDataset;
  /** Why this dataset was chosen. */
  readonly reason: string;
  /** The lowest score of a nucleus. */
  readonly threshold: number;
  /** From top to bottom, then from left to right. */
  readonly nuclei: Nuclei;
}

/**
 * Something that a user should know about a result that was given nevertheless:
 * - `ORGAN_NOT_COVERED`: a chosen dataset was not made from the organ of the hint.
 * - `MPP_CONTRADICTS_HEADER`: the request was followed, the header says something else.
 * - `MPP_COARSE`: the image was enlarged a lot, detail that it lacks cannot be found.
 * - `CLASS_NOT_IN_DATASET`: a dataset has none of the classes asked for, so its result is empty.
 * - `QUERIES_SATURATED`: windows had a nucleus for every query, so some may be missing.
 * - `HARDLY_ANY_NUCLEI`: tissue has so few that the resolution may be wrong.
 * - `PARTS_MISSING`: parts of a slide have no result; densities are over the others.
 * - `MPP_NOT_NATIVE`: the official protocol took the pixels as stored, which are not a dataset's.
 */
export type WarningCode =
  | 'ORGAN_NOT_COVERED'
  | 'MPP_CONTRADICTS_HEADER'
  | 'MPP_COARSE'
  | 'CLASS_NOT_IN_DATASET'
  | 'QUERIES_SATURATED'
  | 'HARDLY_ANY_NUCLEI'
  | 'PARTS_MISSING'
  | 'MPP_NOT_NATIVE';

export interface Warning {
  readonly code: WarningCode;
  /** A full sentence. */
  readonly detail: string;
}
