/**
 * Whether each prediction is right, whatever the threshold.
 *
 * @module
 */
import KDBush from 'kdbush';
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
 * @returns By descending score.
 */
export function outcomesOf({ truth, found, radiusPx }: AnalysedImage): Outcome[] {
  const { x, y, score, length } = found;
  const rows = Array.from({ length }, (_, row) => row).sort(
    (a, b) => score[b]! - score[a]! || y[a]! - y[b]! || x[a]! - x[b]!,
  );
  const count = truth.x.length;
  if (count === 0) return rows.map((row) => ({ score: score[row]!, isRight: false }));
  const index = new KDBush(count);
  for (let i = 0; i < count; i++) index.add(truth.x[i]!, truth.y[i]!);
  index.finish();
  const taken = new Uint8Array(count);
  return rows.map((row) => {
    const distance = (i: number) => Math.hypot(truth.x[i]! - x[row]!, truth.y[i]! - y[row]!);
    const nearest = index
      .within(x[row]!, y[row]!, radiusPx)
      .filter((i) => taken[i] === 0)
      .reduce((best, i) => (best < 0 || distance(i) < distance(best) ? i : best), -1);
    if (nearest >= 0) taken[nearest] = 1;
    return { score: score[row]!, isRight: nearest >= 0 };
  });
}
