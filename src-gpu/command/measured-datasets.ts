import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type ModelDataset, modelDatasets } from '../../shared/datasets/model-datasets.ts';
import { routeDatasets } from '../../shared/datasets/routing.ts';
import type { ModelCard } from '../../shared/engine/card.ts';
import { UniCellError } from '../../shared/errors.ts';
import { hasDataOf } from '../labelled-data/data-folder.ts';

/**
 * The datasets that a command measures: those asked for; else those that the model has a head for and the folder
 * pictures.
 *
 * @param data Folder of the data folders; with `asked`, also one of them.
 * @throws {UniCellError} `SOURCE_NOT_FOUND` where there are none, `INVALID_OPTIONS` for the folder of one
 *   dataset without `asked`; and what `routeDatasets` throws.
 */
export function measuredDatasets(
  data: string,
  asked: readonly string[] | undefined,
  card: ModelCard,
): ModelDataset[] {
  if (asked) return routeDatasets(asked, card).map((route) => route.dataset);
  // A folder of one dataset does not say of which: none is taken for all.
  const isOne = existsSync(join(data, 'images.csv'));
  const present = isOne ? [] : modelDatasets(card).filter((one) => hasDataOf(data, one));
  if (present.length > 0) return present;
  if (isOne) {
    throw new UniCellError(
      'INVALID_OPTIONS',
      `${data} is the folder of one dataset, and nothing says of which. Pass --dataset with its id, or --data with the folder that holds it under its id.`,
    );
  }
  throw new UniCellError(
    'SOURCE_NOT_FOUND',
    `${data} has no folder with an images.csv for any dataset of ${card.id} (${card.datasets.map(({ id }) => id).join(', ')}). Pass --data with the folder that holds theirs.`,
  );
}
