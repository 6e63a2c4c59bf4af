import { basename, resolve } from 'node:path';
import { UniCellError } from '../../shared/errors.ts';
import { importDataset } from '../labelled-data/import/import-dataset.ts';
import type { ImportSummary } from '../labelled-data/import/import-summary.ts';
import { ownImporter } from '../labelled-data/import/own.ts';
import { loadImporter } from '../labelled-data/import/registry.ts';
import { parseSplit } from '../labelled-data/import/split-choice.ts';
import { startProgress } from '../terminal/progress.ts';
import { formatTable } from '../terminal/table.ts';

interface ImportCommandOptions {
  readonly out: string;
  readonly mpp?: number;
  readonly sourceMpp?: number;
  readonly split: string;
  /** Of one's own data, in head order. */
  readonly classes?: readonly string[];
  readonly seed: number;
  readonly json?: true;
}

/** `unicell import`: a dataset as published becomes pictures, images.csv and points.csv. Returns what goes to stdout. */
export async function importCommand(
  datasetId: string,
  source: string,
  options: ImportCommandOptions,
  signal: AbortSignal,
): Promise<string> {
  const { out, mpp, sourceMpp, split, seed, json } = options;
  const importer = await importerOf(datasetId, options);
  const progress = startProgress('pictures');
  let summary: ImportSummary;
  try {
    summary = await importDataset(importer, {
      source,
      out,
      mpp,
      sourceMpp,
      split: parseSplit(split),
      seed,
      signal,
      onProgress: (done, total) => progress.update(done, total),
    });
  } finally {
    progress.stop();
  }
  const { dataset, classes } = importer;
  const splits = summary.splits();
  const leftOut = summary.leftOut();
  const { ignored } = summary;
  if (json) return JSON.stringify({ dataset: dataset.id, out, splits, ignored, leftOut }, null, 2);
  const table = formatTable(
    ['split', 'pictures', 'nuclei', ...classes, 'unknown'],
    splits.map((one) => [
      one.split,
      ...[one.images, one.nuclei, ...classes.map((name) => one.classes[name]!), one.unknown].map(
        String,
      ),
    ]),
  );
  return [
    `${dataset.name} imported to ${out}. Licence: ${dataset.licence}.`,
    table,
    ...(ignored > 0 ? [`Neither trained nor scored: ${ignored} boxes in ignore.csv.`] : []),
    ...leftOut.map(({ what, count }) => `Left out: ${count} ${what}.`),
  ].join('\n');
}

async function importerOf(id: string, { out, classes }: ImportCommandOptions) {
  if (id === 'own') return ownImporter({ id: basename(resolve(out)), classes: classes ?? [] });
  if (classes === undefined) return loadImporter(id);
  throw new UniCellError(
    'INVALID_OPTIONS',
    `--classes is for data of one's own (unicell import own); ${id} has classes of its own.`,
  );
}
