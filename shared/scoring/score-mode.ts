/**
 * The rules that a score can be computed by. Three share the assignment and F_d, and differ in how they
 * treat empty pictures and absent classes, and in one term of F_c; `greedy` has a matching of its own.
 * docs/scoring.md has an example.
 *
 * @module
 */
import { UniCellError } from '../errors.ts';
import { countGreedily } from './count-greedily.ts';
import { estimateWork } from './estimate-work.ts';
import type { LabelledPoints } from './labelled-points.ts';
import { matchPoints } from './match-points.ts';
import type { ClassTally, Tally } from './tally.ts';

/**
 * - `default`: an empty picture adds what it has; a quotient 0/0 is not defined (`null`) and is left out of means.
 * - `official`: as the authors' code (spec section 13.5): no truth, or no predictions, becomes one dummy
 *   point without class in the corner (0, 0), and a class without a single true nucleus has no score.
 * - `paper`: as `default`, with F_c^k as the paper prints it (spec section 14.21): every class answers for
 *   the unpaired nuclei of all classes.
 * - `greedy`: as P2PNet, PathContext and DeNuC: the surest prediction first, each takes the nearest nucleus
 *   within the radius; F_c^k is the F1 score of the same matching among the points of class k.
 */
export type ScoreMode = 'default' | 'official' | 'paper' | 'greedy';

export interface ScoreRules {
  /** What stands in the assignment for the truth, or the predictions, of a picture. */
  substitute(points: LabelledPoints): LabelledPoints;
  /** Estimates the distance evaluations of `count`, and stops above `limit`. */
  work(truth: LabelledPoints, predictions: LabelledPoints, limit: number): number;
  /**
   * Counts a picture.
   *
   * @param maxWork Distance evaluations after which it is given up.
   * @throws {UniCellError} `SCORE_TOO_LARGE`.
   */
  count(
    tally: Tally,
    truth: LabelledPoints,
    predictions: LabelledPoints,
    radiusPx: number,
    maxWork?: number,
  ): void;
  /**
   * The classification score of one class, or `null` where it is not defined.
   *
   * @param total Over all classes.
   */
  classScore(tally: ClassTally, total: Tally): number | null;
}

/** `numerator / denominator`, or `null` for 0/0. */
export function quotient(numerator: number, denominator: number): number | null {
  return denominator === 0 ? null : numerator / denominator;
}

/** F_c^k: confused pairs weigh twice, unpaired nuclei of the class once (HoVer-Net's 2, 2, 1, 1). */
function classF({ tp, fp, fn, unpairedPredictions, unpairedTruth }: ClassTally): number | null {
  return quotient(2 * tp, 2 * (tp + fp + fn) + unpairedPredictions + unpairedTruth);
}

/** F_c^k with FP_d and FN_d in place of FP_d^k and FN_d^k; a class that neither side names has none. */
function printedClassF(tally: ClassTally, total: Tally): number | null {
  const { tp, fp, fn } = tally;
  const isNamed = Object.values(tally).some((count) => count > 0);
  return isNamed ? quotient(2 * tp, 2 * (tp + fp + fn) + total.fp + total.fn) : null;
}

function countAssigned(
  tally: Tally,
  truth: LabelledPoints,
  predictions: LabelledPoints,
  radiusPx: number,
  maxWork?: number,
): void {
  tally.count(truth, predictions, matchPoints(truth, predictions, radiusPx, { maxWork }));
}

/** A class of its own, which no report lists. */
const DUMMY: LabelledPoints = { x: [0], y: [0], class: [-1] };

const RULES: Readonly<Record<ScoreMode, ScoreRules>> = {
  default: {
    substitute: (points) => points,
    work: estimateWork,
    count: countAssigned,
    classScore: classF,
  },
  official: {
    substitute: (points) => (points.x.length === 0 ? DUMMY : points),
    work: estimateWork,
    count: countAssigned,
    classScore: (tally) => (tally.tp + tally.fn + tally.unpairedTruth === 0 ? null : classF(tally)),
  },
  paper: {
    substitute: (points) => points,
    work: estimateWork,
    count: countAssigned,
    classScore: printedClassF,
  },
  greedy: {
    substitute: (points) => points,
    // Looks at what lies within the radius and nowhere else, and gives up by itself.
    work: (truth, predictions) => truth.x.length + predictions.x.length,
    count: countGreedily,
    // Without confused pairs this is 2 tp / (2 tp + fp + fn).
    classScore: classF,
  },
};

export const SCORE_MODES = Object.keys(RULES) as readonly ScoreMode[];

/** @throws {UniCellError} `INVALID_OPTIONS` for an unknown mode. */
export function scoreRules(mode: ScoreMode): ScoreRules {
  if (!SCORE_MODES.includes(mode)) {
    throw new UniCellError(
      'INVALID_OPTIONS',
      `The score mode is "${mode}"; allowed are ${SCORE_MODES.join(', ')}.`,
    );
  }
  return RULES[mode];
}
