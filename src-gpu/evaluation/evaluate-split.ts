/**
 * A model on the labelled pictures of one dataset: detected, then scored.
 *
 * @module
 */
import type { ModelDataset } from '../../shared/datasets/model-datasets.ts';
import { detectWithFlips } from '../../shared/detect/detect-with-flips.ts';
import type { Engine } from '../../shared/engine/engine.ts';
import { UniCellError } from '../../shared/errors.ts';
import { PROTOCOLS, type Protocol } from '../../shared/protocol/protocol.ts';
import { bootstrapIntervals, type ScoreIntervals } from '../../shared/scoring/bootstrap.ts';
import { scoreImages } from '../../shared/scoring/score-images.ts';
import type { ScoreMode } from '../../shared/scoring/score-mode.ts';
import type { ScoreReport } from '../../shared/scoring/score-report.ts';
import type { LabelledImage } from '../labelled-data/data-folder.ts';
import {
  type Detect,
  detectSplit,
  printWarnings,
  type SplitDetection,
  type View,
} from './detect-split.ts';

/** Ways to look at a picture more than once. */
export type TestTimeAugmentation = 'flips';

/** How to evaluate. */
export interface EvaluationRules {
  readonly protocol: Protocol;
  /** The authors' rules of scoring when left out under their protocol, ours otherwise. */
  readonly mode?: ScoreMode | undefined;
  /** Lowest score; the protocol's own when left out. */
  readonly threshold?: number | undefined;
  /** Each picture is looked at once when left out. */
  readonly tta?: TestTimeAugmentation | undefined;
  /** What the model is shown; the pictures themselves when left out. */
  readonly view?: View | undefined;
}

export interface Evaluation extends Pick<SplitDetection, 'threshold' | 'warnings'> {
  readonly report: ScoreReport;
  /** Left out for a single picture. */
  readonly intervals: ScoreIntervals | undefined;
  readonly protocol: Protocol;
}

/** Runs the model on every picture, says on stderr what happened in some, and scores what it found. */
export async function evaluateSplit(
  images: readonly LabelledImage[],
  dataset: ModelDataset,
  { protocol, mode, threshold, tta, view }: EvaluationRules,
  engine: Engine,
  signal: AbortSignal,
): Promise<Evaluation> {
  const detect = detectorOf(protocol, tta);
  const detection = await detectSplit(images, dataset, detect, threshold, engine, signal, view);
  // Of a view that was asked for, what is odd about it is no news.
  if (view === undefined) printWarnings(detection);
  const scored = detection.images.map(({ image, mpp, truth, found, ignored }) => ({
    id: image,
    truth,
    predictions: found,
    ignored,
    radiusPx: PROTOCOLS[protocol].matchRadiusPx(dataset, mpp),
  }));
  const classes = dataset.classes.map(({ name }) => name);
  const report = scoreImages(scored, classes, { mode: mode ?? protocol });
  const { threshold: used, warnings } = detection;
  return { report, intervals: bootstrapIntervals(report), protocol, threshold: used, warnings };
}

/** @throws {UniCellError} `INVALID_OPTIONS` for flips under the authors' protocol, which has none. */
export function detectorOf(protocol: Protocol, tta: TestTimeAugmentation | undefined): Detect {
  if (tta === undefined) return PROTOCOLS[protocol].detect;
  if (protocol === 'official') {
    throw new UniCellError(
      'INVALID_OPTIONS',
      '--tta flips is for the default protocol; the official one looks at each tile once.',
    );
  }
  return detectWithFlips;
}
