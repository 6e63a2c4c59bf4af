/** Scores of an engine on a split of every dataset of its card, as `unicell evaluate` gives them. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { routeDatasets } from '../../shared/datasets/routing.ts';
import type { Engine } from '../../shared/engine/engine.ts';
import { evaluateSplit } from '../../src-gpu/evaluation/evaluate-split.ts';
import { readDataFolder } from '../../src-gpu/labelled-data/data-folder.ts';

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
  for (const { id } of engine.card.datasets) {
    if (!existsSync(join(data, id, 'images.csv'))) {
      console.warn(`SKIPPED: ${join(data, id)} is not there, so ${id} is not measured.`);
      continue;
    }
    const { dataset } = routeDatasets(id, engine.card)[0]!;
    const images = await readDataFolder(data, dataset, split);
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
