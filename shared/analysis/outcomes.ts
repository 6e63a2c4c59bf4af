/**
 * Whether each prediction is right, whatever the threshold.
 *
 * @module
 */
import { matchGreedily } from '../scoring/match-greedily.ts';
import type { AnalysedImage } from './analysed-image.ts';

/** A prediction, and what came of it. */
export interface Outcome {
  /** In (0, 1). */
  readonly score: number;
  /** Whether a true nucleus is there that no surer prediction took. */
  readonly isRight: boolean;
}

/**
 * From the surest prediction down, each takes the nearest true nucleus within the match radius that is still
 * free. Other than in the assignment of the scores, what is kept below a prediction never changes its outcome:
 * so a score can be a probability.
 *
 * @returns By descending score, of one score the right ones first: the order of the predictions does not count.
 */
export function outcomesOf({ truth, found, radiusPx }: AnalysedImage): Outcome[] {
  const right = new Set(matchGreedily(truth, found, radiusPx));
  return Array.from(found.score, (score, row) => ({ score, isRight: right.has(row) })).sort(
    (a, b) => b.score - a.score || Number(b.isRight) - Number(a.isRight),
  );
}
