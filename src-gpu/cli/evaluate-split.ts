/**
 * A model on the labelled pictures of one dataset: detected, then scored.
 *
 * @module
 */
import type { ModelDataset } from '../../shared/datasets/model-datasets.ts';
import type { Warning } from '../../shared/detect/detection.ts';
import type { Engine } from '../../shared/engine/engine.ts';
import { PROTOCOLS, type Protocol } from '../../shared/protocol/protocol.ts';
import { bootstrapIntervals, type ScoreIntervals } from '../../shared/scoring/bootstrap.ts';
import { type ScoredImage, scoreImages } from '../../shared/scoring/score-images.ts';
import type { ScoreMode } from '../../shared/scoring/score-mode.ts';
import type { ScoreReport } from '../../shared/scoring/score-report.ts';
import type { LabelledImage } from '../data/data-folder.ts';
import { openImage } from '../image/open-image.ts';
import { startProgress } from './progress.ts';

/** How to evaluate. */
export interface EvaluationRules {
  readonly protocol: Protocol;
  /** The authors' rules of scoring when left out under their protocol, ours otherwise. */
  readonly mode?: ScoreMode | undefined;
  /** Lowest score; the protocol's own when left out. */
  readonly threshold?: number | undefined;
}

export interface Evaluation {
  readonly report: ScoreReport;
  /** Left out for a single picture. */
  readonly intervals: ScoreIntervals | undefined;
  readonly protocol: Protocol;
  /** The threshold that was used. */
  readonly threshold: number;
  /** What happened in some pictures, each kind once, with the number of pictures. */
  readonly warnings: readonly (Warning & { readonly pictures: number })[];
}

/** Runs the model on every picture, with a progress bar, and scores what it found. */
export async function evaluateSplit(
  images: readonly LabelledImage[],
  dataset: ModelDataset,
  { protocol, mode, threshold }: EvaluationRules,
  engine: Engine,
  signal: AbortSignal,
): Promise<Evaluation> {
  const rules = PROTOCOLS[protocol];
  const progress = startProgress('pictures');
  const scored: ScoredImage[] = [];
  const warnings = new Map<string, Warning & { pictures: number }>();
  let used = threshold ?? dataset.threshold;
  try {
    for (const { image, path, mpp, truth } of images) {
      progress.update(scored.length, images.length);
      const { source } = await openImage(path);
      const options = { dataset: dataset.id, mpp, threshold, signal };
      const detection = await rules.detect(source, options, engine);
      const { nuclei, threshold: own } = detection.results[0]!;
      used = own;
      const radiusPx = rules.matchRadiusPx(dataset, mpp);
      scored.push({ id: image, truth, predictions: nuclei, radiusPx });
      for (const warning of detection.warnings) {
        const pictures = (warnings.get(warning.code)?.pictures ?? 0) + 1;
        warnings.set(warning.code, { ...warning, ...warnings.get(warning.code), pictures });
      }
    }
    progress.update(scored.length, images.length);
  } finally {
    progress.stop();
  }
  const classes = dataset.classes.map(({ name }) => name);
  const report = scoreImages(scored, classes, { mode: mode ?? protocol });
  return {
    report,
    intervals: bootstrapIntervals(report),
    protocol,
    threshold: used,
    warnings: [...warnings.values()],
  };
}

/** Says on stderr what happened in some of the pictures. */
export function printWarnings({ report, warnings }: Evaluation): void {
  for (const { pictures, detail } of warnings) {
    const share = `${pictures} of ${report.images.length} pictures`;
    console.error(`unicell: warning: ${share}; the first of them: ${detail}`);
  }
}
