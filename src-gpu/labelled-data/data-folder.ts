/**
 * Labelled pictures on disk: `images.csv`, `points.csv` and `images/` in one folder (docs/command.md).
 *
 * @module
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Dataset } from '../../shared/datasets/dataset.ts';
import { UniCellError } from '../../shared/errors.ts';
import { NucleiBuilder } from '../../shared/nuclei/builder.ts';
import type { Nuclei } from '../../shared/nuclei/nuclei.ts';
import { readPoints } from './read-points.ts';
import { readTable } from './table.ts';

export interface LabelledImage {
  /** As `images.csv` calls it. */
  readonly image: string;
  readonly path: string;
  readonly mpp: number;
  readonly split: string;
  /** Of the column `organ`; empty where there is none. */
  readonly organ: string;
  /** The true nuclei. */
  readonly truth: Nuclei;
}

/**
 * Reads the labels of a split.
 *
 * @param folder The folder with `images.csv`, or the one that holds it under the dataset's id.
 * @param split Value of the column `split`; all pictures when left out.
 * @returns In the order of `images.csv`.
 * @throws {UniCellError} `SOURCE_NOT_FOUND`, `POINTS_INVALID`, `INVALID_OPTIONS` when no picture is in the
 *   split, `SCORE_MISMATCH` when `points.csv` has a picture that `images.csv` has not.
 */
export async function readDataFolder(
  folder: string,
  dataset: Dataset,
  split: string | undefined,
): Promise<LabelledImage[]> {
  const home = [folder, join(folder, dataset.id)].find((at) => existsSync(join(at, 'images.csv')));
  if (!home) {
    throw new UniCellError(
      'SOURCE_NOT_FOUND',
      `There is no images.csv in ${folder} or ${join(folder, dataset.id)}. Pass the folder of a dataset ` +
        '(images.csv, points.csv, images/), or the one that holds it under its id.',
    );
  }
  const imagesPath = join(home, 'images.csv');
  const rows = await readTable(imagesPath, ['image', 'split', 'mpp']);
  const points = await readPoints(join(home, 'points.csv'), dataset);
  const known = new Set(rows.map(({ cells }) => cells.image!));
  const stray = [...points.keys()].find((image) => !known.has(image));
  if (stray !== undefined) {
    throw new UniCellError(
      'SCORE_MISMATCH',
      `${join(home, 'points.csv')} has nuclei of ${JSON.stringify(stray)}, which images.csv does not list.`,
    );
  }
  const wanted = rows.filter(({ cells }) => split === undefined || cells.split === split);
  if (wanted.length === 0) {
    const splits = [...new Set(rows.map(({ cells }) => cells.split))];
    throw new UniCellError(
      'INVALID_OPTIONS',
      `No picture of ${imagesPath} is in the split ${JSON.stringify(split)}; there are ${splits.join(', ') || 'none'}.`,
    );
  }
  return wanted.map(({ line, cells }) => {
    const image = cells.image!;
    const mpp = Number(cells.mpp);
    if (!(mpp > 0)) {
      throw new UniCellError(
        'MPP_INVALID',
        `${imagesPath}, line ${line}: mpp is ${JSON.stringify(cells.mpp)}; it must be a positive number.`,
      );
    }
    const truth = points.get(image) ?? new NucleiBuilder(0).build();
    const { split: own, organ = '' } = cells;
    return { image, path: join(home, 'images', image), mpp, split: own!, organ, truth };
  });
}
