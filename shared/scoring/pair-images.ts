/**
 * Puts truth and predictions of the same image together.
 *
 * @module
 */
import { UniCellError } from '../errors.ts';
import type { LabelledPoints } from './labelled-points.ts';

export interface ImagePair {
  readonly id: string;
  readonly truth: LabelledPoints;
  readonly predictions: LabelledPoints;
}

const EMPTY: LabelledPoints = { x: [], y: [], class: [] };

/**
 * Pairs by image id. A list of points cannot say that an image has none, so both sides must name the
 * same images unless `ids` lists them.
 *
 * @param ids All images that are scored, in order; one that a side does not name has no points there.
 * @throws {UniCellError} `SCORE_MISMATCH` with a few of the images that only one side names, or that
 *   are not in `ids`.
 */
export function pairImages(
  truth: ReadonlyMap<string, LabelledPoints>,
  predictions: ReadonlyMap<string, LabelledPoints>,
  ids?: Iterable<string>,
): ImagePair[] {
  const listed = ids && new Set(ids);
  const advice = listed
    ? 'the list of pictures does not; score the split that they belong to.'
    : 'the other side does not; pass the list of pictures (images.csv) if some have no nuclei.';
  refuseStrangers('predictions', predictions.keys(), listed ?? truth, advice);
  refuseStrangers('truth', truth.keys(), listed ?? predictions, advice);
  return [...(listed ?? truth.keys())].map((id) => ({
    id,
    truth: truth.get(id) ?? EMPTY,
    predictions: predictions.get(id) ?? EMPTY,
  }));
}

function refuseStrangers(
  side: string,
  ids: Iterable<string>,
  allowed: { has(id: string): boolean },
  advice: string,
): void {
  const strangers = [...ids].filter((id) => !allowed.has(id));
  if (strangers.length === 0) return;
  const few = strangers
    .slice(0, 3)
    .map((id) => `"${id}"`)
    .join(', ');
  const more = strangers.length > 3 ? ` and ${strangers.length - 3} more pictures` : '';
  throw new UniCellError(
    'SCORE_MISMATCH',
    `Truth and predictions are of different pictures: the ${side} name ${few}${more}, ${advice}`,
  );
}
