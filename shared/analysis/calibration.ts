/**
 * What a score is worth as a probability: reliability and expected calibration error (Guo et al., "On
 * Calibration of Modern Neural Networks", ICML 2017), and a temperature that makes it one.
 *
 * @module
 */
import type { Outcome } from './outcomes.ts';

/** Predictions of similar score. */
export interface ReliabilityBin {
  readonly from: number;
  readonly to: number;
  readonly count: number;
  /** Mean score; `null` in an empty bin. */
  readonly meanScore: number | null;
  /** Share that is right; `null` in an empty bin. */
  readonly share: number | null;
}

export interface Reliability {
  readonly bins: readonly ReliabilityBin[];
  /** Mean of |mean score - share| over the bins, weighted by their counts; `null` without predictions. */
  readonly expectedError: number | null;
}

/** @param count Bins of equal width between 0 and 1. */
export function reliability(outcomes: readonly Outcome[], count = 10): Reliability {
  const sums = Array.from({ length: count }, () => ({ count: 0, score: 0, right: 0 }));
  for (const { score, isRight } of outcomes) {
    const bin = sums[Math.min(count - 1, Math.floor(score * count))]!;
    bin.count++;
    bin.score += score;
    bin.right += isRight ? 1 : 0;
  }
  const gap = sums.reduce((sum, bin) => sum + Math.abs(bin.score - bin.right), 0);
  return {
    bins: sums.map((bin, i) => ({
      from: i / count,
      to: (i + 1) / count,
      count: bin.count,
      meanScore: bin.count > 0 ? bin.score / bin.count : null,
      share: bin.count > 0 ? bin.right / bin.count : null,
    })),
    expectedError: outcomes.length > 0 ? gap / outcomes.length : null,
  };
}

/** The score that a logit divided by the temperature has. */
export function tempered(score: number, temperature: number): number {
  return 1 / (1 + Math.exp(-logit(score) / temperature));
}

/** Temperatures beyond these come from data that say nothing of one. */
const RANGE = { least: 0.05, most: 20 };

/**
 * The temperature under which the outcomes are likeliest. Their likelihood is log-concave in 1 / T, so its slope
 * changes sign once; that place is found by bisection.
 *
 * @returns `undefined` when it lies outside of 0.05 to 20: too few predictions, or scores without meaning.
 */
export function fitTemperature(outcomes: readonly Outcome[]): number | undefined {
  const cases = outcomes.map(({ score, isRight }) => ({ z: logit(score), y: isRight ? 1 : 0 }));
  const slope = (inverse: number) =>
    cases.reduce((sum, { z, y }) => sum + (y - 1 / (1 + Math.exp(-z * inverse))) * z, 0);
  let [low, high] = [1 / RANGE.most, 1 / RANGE.least];
  if (!(slope(low) > 0 && slope(high) < 0)) return undefined;
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (slope(middle) > 0) low = middle;
    else high = middle;
  }
  return 2 / (low + high);
}

/** Scores are 32-bit floats; 1 among them is nearly 1. */
function logit(score: number): number {
  const p = Math.min(score, 1 - 2 ** -25);
  return Math.log(p / (1 - p));
}
