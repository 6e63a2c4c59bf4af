/**
 * What a score is worth as a probability: reliability and expected calibration error (Guo et al., "On
 * Calibration of Modern Neural Networks", ICML 2017), and what makes it one: a temperature (the same), or a slope
 * and an offset (Platt, "Probabilistic Outputs for Support Vector Machines", 1999).
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

/** A probability of a score: the sigmoid of `slope * logit + offset`. A temperature T is a slope of 1 / T alone. */
export interface Calibration {
  readonly slope: number;
  readonly offset: number;
}

export function calibrated(score: number, { slope, offset }: Calibration): number {
  return sigmoid(slope * logit(score) + offset);
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
  const cases = casesOf(outcomes);
  const slope = (inverse: number) =>
    cases.reduce((sum, { z, y }) => sum + (y - sigmoid(z * inverse)) * z, 0);
  let [low, high] = [1 / RANGE.most, 1 / RANGE.least];
  if (!(slope(low) > 0 && slope(high) < 0)) return undefined;
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (slope(middle) > 0) low = middle;
    else high = middle;
  }
  return 2 / (low + high);
}

/** Newton's method ends after a handful of steps, or the likelihood has no maximum. */
const MOST_STEPS = 50;

/**
 * The slope and the offset under which the outcomes are likeliest: logistic regression on the logit, by Newton's
 * method with halved steps.
 *
 * @returns `undefined` where none within reason are likeliest: right and wrong predictions do not overlap, or a
 *   higher score is right less often.
 */
export function fitSlopeAndOffset(outcomes: readonly Outcome[]): Calibration | undefined {
  const cases = casesOf(outcomes);
  let at: Calibration = { slope: 1, offset: 0 };
  let reached = likelihood(cases, at);
  for (let step = 0; step < MOST_STEPS; step++) {
    const full = newtonStep(cases, at);
    if (full === undefined) return undefined;
    let share = 1;
    let next = moved(at, full, share);
    while (!(likelihood(cases, next) >= reached) && share > 1e-9) {
      share /= 2;
      next = moved(at, full, share);
    }
    const isAtEnd = Math.abs(next.slope - at.slope) + Math.abs(next.offset - at.offset) < 1e-9;
    if (share <= 1e-9 || isAtEnd) return isSensible(at) ? at : undefined;
    reached = likelihood(cases, next);
    at = next;
  }
  return undefined;
}

function isSensible({ slope, offset }: Calibration): boolean {
  const { least, most } = RANGE;
  return slope > 1 / most && slope < 1 / least && Math.abs(offset) < most;
}

interface Case {
  readonly z: number;
  readonly y: number;
}

function casesOf(outcomes: readonly Outcome[]): Case[] {
  return outcomes.map(({ score, isRight }) => ({ z: logit(score), y: isRight ? 1 : 0 }));
}

function moved({ slope, offset }: Calibration, by: Calibration, share: number): Calibration {
  return { slope: slope + share * by.slope, offset: offset + share * by.offset };
}

/** Of the logarithm. */
function likelihood(cases: readonly Case[], { slope, offset }: Calibration): number {
  return cases.reduce((sum, { z, y }) => {
    const u = slope * z + offset;
    // log sigmoid(u) or log sigmoid(-u), without overflow.
    const v = y === 1 ? u : -u;
    return sum - (Math.max(0, -v) + Math.log1p(Math.exp(-Math.abs(v))));
  }, 0);
}

function newtonStep(
  cases: readonly Case[],
  { slope, offset }: Calibration,
): Calibration | undefined {
  let [g, h, a, b, c] = [0, 0, 0, 0, 0];
  for (const { z, y } of cases) {
    const p = sigmoid(slope * z + offset);
    const weight = p * (1 - p);
    g += (y - p) * z;
    h += y - p;
    a += weight * z * z;
    b += weight * z;
    c += weight;
  }
  const determinant = a * c - b * b;
  if (!(determinant > 1e-12 * (a * c + 1e-300))) return undefined;
  return { slope: (c * g - b * h) / determinant, offset: (a * h - b * g) / determinant };
}

function sigmoid(value: number): number {
  return 1 / (1 + Math.exp(-value));
}

/** Scores are 32-bit floats; 1 among them is nearly 1. */
function logit(score: number): number {
  const p = Math.min(score, 1 - 2 ** -25);
  return Math.log(p / (1 - p));
}
