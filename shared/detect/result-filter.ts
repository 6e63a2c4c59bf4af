import type { Dataset } from '../datasets/dataset.ts';
import type { Nuclei } from '../nuclei/nuclei.ts';
import { rowsWhere, takeNuclei } from '../nuclei/select.ts';
import { classFilter } from './class-filter.ts';
import type { DetectOptions } from './options.ts';

/** Keeps of found nuclei, in pixels of the image, those of the classes and regions asked for. */
export function resultFilter(
  dataset: Dataset,
  asked: Pick<DetectOptions, 'classes' | 'regions'>,
): (nuclei: Nuclei) => Nuclei {
  const rowsOf = resultRows(dataset, asked);
  return (nuclei) => {
    const rows = rowsOf(nuclei);
    return rows.length === nuclei.length ? nuclei : takeNuclei(nuclei, rows);
  };
}

/** The rows that {@link resultFilter} keeps. */
export function resultRows(
  dataset: Dataset,
  { classes, regions }: Pick<DetectOptions, 'classes' | 'regions'>,
): (nuclei: Nuclei) => Uint32Array {
  const isWanted = classFilter(dataset, classes);
  return ({ x, y, class: indices, length }) =>
    rowsWhere(
      length,
      (row) => isWanted(indices[row]!) && (regions?.contains(x[row]!, y[row]!) ?? true),
    );
}
