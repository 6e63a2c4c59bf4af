import { importDataset } from '../labelled-data/import/import-dataset.ts';
import type { ImportSummary } from '../labelled-data/import/import-summary.ts';
import { loadImporter } from '../labelled-data/import/registry.ts';
import { parseSplit } from '../labelled-data/import/split-choice.ts';
import { startProgress } from '../terminal/progress.ts';
import { formatTable } from '../terminal/table.ts';

interface ImportCommandOptions {
  readonly out: string;
  readonly mpp?: number;
  readonly sourceMpp?: number;
  readonly split: string;
  readonly seed: number;
  readonly json?: true;
}

/** `unicell import`: a dataset as published becomes pictures, images.csv and points.csv. Returns what goes to stdout. */
export async function importCommand(
  datasetId: string,
  source: string,
  { out, mpp, sourceMpp, split, seed, json }: ImportCommandOptions,
  signal: AbortSignal,
): Promise<string> {
  const importer = await loadImporter(datasetId);
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
