/**
 * Which nuclei are taken for which.
 *
 * @module
 */
import { UNKNOWN_CLASS } from '../scoring/labelled-points.ts';
import { matchPoints } from '../scoring/match-points.ts';
import type { ScoredImage } from '../scoring/score-images.ts';

/** Counts of nuclei: every true nucleus is in one row, every prediction in one column. */
export interface ConfusionMatrix {
  readonly classes: readonly string[];
  /** Pairs: `pairs[true class][predicted class]`. */
  readonly pairs: readonly (readonly number[])[];
  /** True nuclei without a prediction, by class. */
  readonly missed: readonly number[];
  /** Predictions without a true nucleus, by class. */
  readonly invented: readonly number[];
  /** Nuclei whose true class nobody wrote down. */
  readonly unknown: {
    /** Paired ones, by predicted class. */
    readonly pairs: readonly number[];
    readonly missed: number;
  };
}

/**
 * Counts pairs as the scores do: the same assignment, the same radius. Predictions of
 * {@link UNKNOWN_CLASS} have no column and are left out.
 *
 * @param classes Class names in head order.
 */
export function confusionMatrix(
  images: Iterable<ScoredImage>,
  classes: readonly string[],
): ConfusionMatrix {
  const row = () => classes.map(() => 0);
  const pairs = classes.map(row);
  const unknown = { pairs: row(), missed: 0 };
  const missed = row();
  const invented = row();
  const bump = (counts: number[], k: number) => {
    if (k < counts.length) counts[k]!++;
  };
  for (const { truth, predictions, radiusPx } of images) {
    const partners = matchPoints(truth, predictions, radiusPx);
    const paired = new Set(partners);
    for (const [i, j] of partners.entries()) {
      const actual = truth.class[i]!;
      const isKnown = actual !== UNKNOWN_CLASS;
      if (j >= 0) bump(isKnown ? pairs[actual]! : unknown.pairs, predictions.class[j]!);
      else if (isKnown) bump(missed, actual);
      else unknown.missed++;
    }
    for (let j = 0; j < predictions.x.length; j++) {
      if (!paired.has(j)) bump(invented, predictions.class[j]!);
    }
  }
  return { classes, pairs, missed, invented, unknown };
}

/** Whether there are nuclei whose true class nobody wrote down. */
export function hasUnknown({ unknown }: ConfusionMatrix): boolean {
  return unknown.missed > 0 || unknown.pairs.some((count) => count > 0);
}
