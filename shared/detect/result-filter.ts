import type { Dataset } from '../datasets/dataset.ts';
import type { Nuclei } from '../nuclei/nuclei.ts';
import { rowsWhere, takeNuclei } from '../nuclei/select.ts';
import { classFilter } from './class-filter.ts';
import type { DetectOptions } from './options.ts';

/** Keeps of found nuclei, in pixels of the image, those of the classes and regions asked for. */
export function resultFilter(
  dataset: Dataset,
  { classes, regions }: Pick<DetectOptions, 'classes' | 'regions'>,
): (nuclei: Nuclei) => Nuclei {
  const isWanted = classFilter(dataset, classes);
  return (nuclei) => {
    const { x, y, class: indices, length } = nuclei;
    const rows = rowsWhere(
      length,
      (row) => isWanted(indices[row]!) && (regions?.contains(x[row]!, y[row]!) ?? true),
    );
    return rows.length === length ? nuclei : takeNuclei(nuclei, rows);
  };
}
