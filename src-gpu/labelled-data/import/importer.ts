/**
 * What an importer is: it knows how one dataset is published, and nothing of how the result is written.
 *
 * @module
 */
import type { Dataset } from '../../../shared/datasets/dataset.ts';
import type { Size } from '../../../shared/image/source.ts';
import type { Box } from '../../../shared/scoring/ignored-boxes.ts';

export const SPLITS = ['train', 'val', 'test'] as const;
export type Split = (typeof SPLITS)[number];

/** One nucleus, in pixels of the published picture. */
export interface LabelPoint {
  readonly x: number;
  readonly y: number;
  /** A spelling of `Importer.classes`; empty where nobody says which class it is. */
  readonly class: string;
  /** The class as published, where several were merged. */
  readonly rawClass?: string;
}

/** Something that is not imported, and how often: `regions marked Ambiguous`, 12. */
export interface LeftOut {
  readonly what: string;
  readonly count: number;
}

export interface Labels {
  readonly points: readonly LabelPoint[];
  /** Micrometres per pixel of the published picture; `undefined` where nothing says so. */
  readonly mpp: number | undefined;
  /** What must neither be trained nor scored, in pixels of the published picture. */
  readonly ignored?: readonly Box[];
  readonly leftOut?: readonly LeftOut[];
}

/** One picture of a dataset as published; its labels are read when it is its turn. */
export interface PublishedImage {
  /** What the picture is called in the result, without an extension. */
  readonly name: string;
  readonly path: string;
  /** Where the dataset's authors put it; `undefined` where they publish no split. */
  readonly split: Split | undefined;
  /** Further columns of `images.csv`. A split is dealt by `patient`, else `slide`, within `organ`. */
  readonly columns: Readonly<Record<string, string>>;
  /**
   * @param picture Size of the picture, which the labels must fit.
   * @throws {UniCellError} `POINTS_INVALID` naming file and line, row or key.
   */
  readLabels(picture: Size): Promise<Labels>;
}

export interface Publication {
  /** In the order of the result. */
  readonly images: readonly PublishedImage[];
  readonly leftOut?: readonly LeftOut[];
}

export interface Importer {
  readonly dataset: Dataset;
  /** Classes as `points.csv` spells them, in head order. */
  readonly classes: readonly string[];
  /** Several published classes are merged: `points.csv` keeps them in a column `raw_class`. */
  readonly hasRawClasses?: true;
  /**
   * Finds pictures and their labels.
   *
   * @param source Folder of the dataset as published and unpacked.
   * @throws {UniCellError} `SOURCE_NOT_FOUND` when the folder is laid out otherwise, a picture has no
   *   labels or labels have no picture.
   */
  find(source: string): Promise<Publication>;
}
