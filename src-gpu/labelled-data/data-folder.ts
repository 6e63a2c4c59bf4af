/**
 * Labelled pictures on disk: `images.csv`, `points.csv`, `images/` and, where there are parts that are not
 * scored, `ignore.csv` in one folder (docs/datasets.md).
 *
 * @module
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Dataset } from '../../shared/datasets/dataset.ts';
import { UniCellError } from '../../shared/errors.ts';
import { NucleiBuilder } from '../../shared/nuclei/builder.ts';
import type { Nuclei } from '../../shared/nuclei/nuclei.ts';
import type { Box } from '../../shared/scoring/ignored-boxes.ts';
import { readIgnored } from './read-ignored.ts';
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
  /** The true nuclei, those in ignored boxes too. */
  readonly truth: Nuclei;
  /** What must neither be trained nor scored. */
  readonly ignored: readonly Box[];
}

/**
 * Reads the labels of a split.
 *
 * @param folder The folder with `images.csv`, or the one that holds it under the dataset's id. Of a dataset
 *   with folders of others (`Dataset.folders`), the one that holds those: their pictures together, called
 *   `FOLDER/IMAGE`.
 * @param split Value of the column `split`; all pictures when left out.
 * @returns In the order of `images.csv`.
 * @throws {UniCellError} `SOURCE_NOT_FOUND`, `POINTS_INVALID`, `INVALID_OPTIONS` when no picture is in the
 *   split, `SCORE_MISMATCH` when `points.csv` or `ignore.csv` has a picture that `images.csv` has not.
 */
export async function readDataFolder(
  folder: string,
  dataset: Dataset,
  split: string | undefined,
): Promise<LabelledImage[]> {
  const homes = dataHomes(folder, dataset);
  if (homes.length === 0) {
    const places = [dataset.id, ...(dataset.folders ?? [])].map((name) => join(folder, name));
    throw new UniCellError(
      'SOURCE_NOT_FOUND',
      `There is no images.csv in ${[folder, ...places].join(' or ')}. ` +
        'Pass the folder of a dataset (images.csv, points.csv, images/), or the one that holds it under its id.',
    );
  }
  const all: LabelledImage[] = [];
  for (const { path, prefix } of homes) {
    const images = await readHome(path, dataset);
    all.push(...images.map((one) => ({ ...one, image: prefix + one.image })));
  }
  const wanted = all.filter((one) => split === undefined || one.split === split);
  if (wanted.length > 0) return wanted;
  const splits = [...new Set(all.map((one) => one.split))];
  throw new UniCellError(
    'INVALID_OPTIONS',
    `No picture of ${homes.map(({ path }) => join(path, 'images.csv')).join(', ')} is in the split ${JSON.stringify(split)}; there are ${splits.join(', ') || 'none'}.`,
  );
}

/** Whether a folder holds pictures of a dataset, as {@link readDataFolder} looks for them. */
export function hasDataOf(folder: string, dataset: Dataset): boolean {
  return dataHomes(folder, dataset).length > 0;
}

interface DataHome {
  readonly path: string;
  /** What its pictures are called by, where there are several. */
  readonly prefix: string;
}

function dataHomes(folder: string, { id, folders = [] }: Dataset): DataHome[] {
  const isHome = (path: string) => existsSync(join(path, 'images.csv'));
  const own = [folder, join(folder, id)].find(isHome);
  if (own !== undefined) return [{ path: own, prefix: '' }];
  return folders
    .map((name) => ({ path: join(folder, name), prefix: `${name}/` }))
    .filter(({ path }) => isHome(path));
}

async function readHome(home: string, dataset: Dataset): Promise<LabelledImage[]> {
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
  const ignorePath = join(home, 'ignore.csv');
  const ignored = existsSync(ignorePath)
    ? await readIgnored(ignorePath, (image) => known.has(image))
    : new Map<string, Box[]>();
  return rows.map(({ line, cells }) => {
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
    const boxes = ignored.get(image) ?? [];
    const path = join(home, 'images', image);
    return { image, path, mpp, split: own!, organ, truth, ignored: boxes };
  });
}
