/**
 * What a user should know about a result.
 *
 * @module
 */
import type { Dataset } from '../datasets/dataset.ts';
import type { Route } from '../datasets/routing.ts';
import type { Resolution } from '../image/resolution.ts';
import { classFilter } from './class-filter.ts';
import type { Warning } from './detection.ts';
import type { DetectOptions } from './options.ts';

/** A requested resolution this far from the header's is worth a word. */
const CONTRADICTION = 1.1;
/** An image this much coarser than the model was trained at lacks detail. */
const COARSE = 1.5;

/**
 * @param mpp The resolution that was used.
 * @param header What the file says, if anything.
 * @param modelMpp The model's resolution.
 */
export function resolutionWarnings(
  mpp: Resolution,
  header: number | undefined,
  modelMpp: number,
): Warning[] {
  const warnings: Warning[] = [];
  if (header !== undefined && Math.max(mpp.value / header, header / mpp.value) > CONTRADICTION) {
    warnings.push({
      code: 'MPP_CONTRADICTS_HEADER',
      detail: `The request says ${mpp.value} um per pixel and was followed; the picture's header says ${header}.`,
    });
  }
  if (mpp.value > COARSE * modelMpp) {
    warnings.push({
      code: 'MPP_COARSE',
      detail: `The picture has ${mpp.value} um per pixel and was enlarged to the model's ${modelMpp}; nuclei may be missed or misnamed for want of detail.`,
    });
  }
  return warnings;
}

/** What is to be said about one dataset's result; `windows` is how many the model saw. */
export function datasetWarnings(
  run: { readonly route: Route; readonly saturatedWindows: number },
  options: Pick<DetectOptions, 'organ' | 'classes'>,
  windows: number,
): Warning[] {
  const { dataset } = run.route;
  const { id, organs } = dataset;
  const warnings: Warning[] = [];
  if (run.route.coversHint === false) {
    warnings.push({
      code: 'ORGAN_NOT_COVERED',
      detail: `${id} was not made from ${options.organ} but from ${organs.join(', ') || 'unstated organs'}; its classes may not fit.`,
    });
  }
  warnings.push(...classWarnings(dataset, options.classes));
  if (run.saturatedWindows > 0) {
    warnings.push({
      code: 'QUERIES_SATURATED',
      detail: `Under ${id} the model gave as many nuclei as it can in ${run.saturatedWindows} of ${windows} windows; some nuclei there may be missing.`,
    });
  }
  return warnings;
}

/** Whether a dataset has any of the classes that were asked for. */
export function classWarnings(dataset: Dataset, classes: DetectOptions['classes']): Warning[] {
  const isWanted = classFilter(dataset, classes);
  if (dataset.classes.some((_, index) => isWanted(index))) return [];
  const detail = `${dataset.id} has none of the classes ${classes?.join(', ')}, so its result is empty.`;
  return [{ code: 'CLASS_NOT_IN_DATASET', detail }];
}
