/** Scores of an engine on a split of every dataset of its card, as `unicell evaluate` gives them. */

import { modelDatasets } from '../../shared/datasets/model-datasets.ts';
import { splitNote } from '../../shared/datasets/split-note.ts';
import type { Engine } from '../../shared/engine/engine.ts';
import { evaluateSplit } from '../../src-gpu/evaluation/evaluate-split.ts';
import { hasDataOf, readDataFolder } from '../../src-gpu/labelled-data/data-folder.ts';

export interface EvaluatedDataset {
  readonly dataset: string;
  readonly images: number;
  readonly fd: number;
  readonly fc: number;
}

/** Skips a dataset whose pictures are not there, and says so. */
export async function* evaluateDatasets(
  engine: Engine,
  data: string,
  split: string,
): AsyncGenerator<EvaluatedDataset> {
  for (const dataset of modelDatasets(engine.card)) {
    const { id } = dataset;
    if (!hasDataOf(data, dataset)) {
      console.warn(`SKIPPED: ${data} has no pictures of ${id}, which is not measured.`);
      continue;
    }
    const images = await readDataFolder(data, dataset, split);
    const note = splitNote(dataset, split, images.length);
    if (note !== undefined) console.warn(note);
    const rules = { protocol: 'default' as const };
    const { report } = await evaluateSplit(
      images,
      dataset,
      rules,
      engine,
      new AbortController().signal,
    );
    if (report.fd === null || report.fc === null) {
      throw new Error(`The ${split} split of ${id} has no nuclei to score.`);
    }
    yield { dataset: id, images: images.length, fd: report.fd, fc: report.fc };
  }
}
