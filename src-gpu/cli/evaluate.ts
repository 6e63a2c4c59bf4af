import { routeDatasets } from '../../shared/datasets/routing.ts';
import { detect } from '../../shared/detect/detect.ts';
import type { Engine } from '../../shared/engine/engine.ts';
import { UniCellError } from '../../shared/errors.ts';
import { matchRadiusPx } from '../../shared/scoring/match-points.ts';
import { type ScoredImage, scoreImages } from '../../shared/scoring/score-images.ts';
import type { ScoreMode } from '../../shared/scoring/score-mode.ts';
import { type LabelledImage, readDataFolder } from '../data/data-folder.ts';
import { loadCpuEngine } from '../engine/cpu-engine.ts';
import { openImage } from '../image/open-image.ts';
import { startProgress } from './progress.ts';
import { scoreTable } from './score-table.ts';

interface EvaluateCommandOptions {
  readonly data: string;
  readonly dataset: string;
  readonly split: string;
  readonly mode: ScoreMode;
  readonly threshold?: number;
  readonly model: string;
  readonly threads?: number;
  readonly json?: true;
}

/** `unicell evaluate`: runs the model on a labelled split and scores it. Returns what goes to stdout. */
export async function evaluateCommand(
  options: EvaluateCommandOptions,
  signal: AbortSignal,
): Promise<string> {
  const { data, split, mode, model, threads, json } = options;
  const engine = await loadCpuEngine(model, threads === undefined ? {} : { threads });
  try {
    const [route, ...others] = routeDatasets(options.dataset, engine.card);
    if (!route || others.length > 0) {
      throw new UniCellError(
        'INVALID_OPTIONS',
        `--dataset ${options.dataset} means ${others.length + 1} datasets; one is evaluated at a time.`,
      );
    }
    const { dataset } = route;
    const images = await readDataFolder(data, dataset, split);
    const threshold = options.threshold ?? dataset.threshold;
    const scored = await detectAll(images, dataset, threshold, engine, signal);
    const report = scoreImages(
      scored,
      dataset.classes.map(({ name }) => name),
      { mode },
    );
    const { card } = engine;
    if (json) {
      const { images: _each, ...total } = report;
      const about = { dataset: dataset.id, split, model: `${card.id} ${card.version}` };
      return JSON.stringify({ ...about, images: images.length, threshold, ...total }, null, 2);
    }
    return [
      `${card.id} ${card.version} on ${dataset.name}, ${split}: ${images.length} pictures, threshold ${threshold}`,
      scoreTable(report),
    ].join('\n');
  } finally {
    await engine.close();
  }
}

async function detectAll(
  images: readonly LabelledImage[],
  dataset: { readonly id: string; readonly matchRadiusUm: number },
  threshold: number,
  engine: Engine,
  signal: AbortSignal,
): Promise<ScoredImage[]> {
  const progress = startProgress('pictures');
  try {
    const scored: ScoredImage[] = [];
    for (const { image, path, mpp, truth } of images) {
      progress.update(scored.length, images.length);
      const { source } = await openImage(path);
      const options = { dataset: dataset.id, mpp, threshold, signal };
      const { results } = await detect(source, options, engine);
      const radiusPx = matchRadiusPx(dataset.matchRadiusUm, mpp);
      scored.push({ id: image, truth, predictions: results[0]!.nuclei, radiusPx });
    }
    progress.update(scored.length, images.length);
    return scored;
  } finally {
    progress.stop();
  }
}
