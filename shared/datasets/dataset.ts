/**
 * A dataset is a label set with its classes (the paper's word): what a head of the model was trained
 * to name. Everything a user, an exporter or a scorer needs to know of it is data.
 *
 * @module
 */
import type { CellType } from './cell-type.ts';

/** One class of a dataset. */
export interface DatasetClass {
  /** The stable spelling, as the dataset's authors or the official code write it. */
  readonly name: string;
  /** The name for people, in sentence case. */
  readonly label: string;
  /** Display colour, `#rrggbb`. */
  readonly colour: string;
  /** Other spellings that files use for this class; case, spaces, dashes and underscores do not matter. */
  readonly aliases: readonly string[];
  /** What it is to other systems; datasets that a model brings along have none. */
  readonly cellType?: CellType;
}

/** A label set: its classes in head order, and where it comes from. */
export interface Dataset {
  /** Lower-case letters, digits and dashes. */
  readonly id: string;
  /** As its authors write it. */
  readonly name: string;
  /** In head order: `Nuclei.class` is an index into this list. */
  readonly classes: readonly DatasetClass[];
  /**
   * Every nucleus of a file is of the one class, whatever the file calls it and where it says nothing: for
   * a dataset that counts nuclei and names none. Otherwise a class that is not known is an error.
   */
  readonly takesAnyClass?: true;
  /** Data folders whose pictures are its own; the one named by its id when left out. */
  readonly folders?: readonly string[];
  /** A prediction matches a nucleus within this distance, in micrometres. */
  readonly matchRadiusUm: number;
  /** Micrometres per pixel of the dataset's pictures as UniCell uses them. */
  readonly mpp: number;
  /** Organs of its tissue, in the words of `organs.ts`. */
  readonly organs: readonly string[];
  /** The test pictures that its authors published, and others score on. */
  readonly publishedTest?: { readonly images: number; readonly what: string };
  /** Who made it. */
  readonly citation: string;
  /** Where it is published. */
  readonly url?: string;
  /** Terms of its pictures and labels. */
  readonly licence: string;
  /** Names of the category memory bank that this dataset sees (paper, Dynamic Prompt Module). */
  readonly promptCategories: readonly string[];
}

/** Spelling without case and separators: `Spindle-shaped`, `spindle_shaped` and `spindle shaped` are one. */
export function foldName(spelling: string): string {
  return spelling
    .trim()
    .toLowerCase()
    .replace(/[\s_-]+/g, '-');
}

/**
 * Finds a class by its name, its label or an alias.
 *
 * @returns Its index in head order, or -1 when the dataset has no such class.
 * @example
 * findClass(consep, 'stromal'); // 2, Spindle-shaped
 */
export function findClass(dataset: Dataset, spelling: string): number {
  const wanted = foldName(spelling);
  return dataset.classes.findIndex((c) =>
    [c.name, c.label, ...c.aliases].some((known) => foldName(known) === wanted),
  );
}
