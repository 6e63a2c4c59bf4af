/**
 * What is counted before any score is computed: pairs and unpaired nuclei, in all and per class. Tallies
 * of pictures add up to the tally of a dataset (micro averaging).
 *
 * @module
 */
import { type LabelledPoints, UNKNOWN_CLASS } from './labelled-points.ts';

/** Counts for one class k. The first three are over pairs only; `greedy` pairs within a class, so none is confused. */
export interface ClassTally {
  /** Pairs with truth k and prediction k. */
  tp: number;
  /** Pairs with prediction k and truth of another known class. */
  fp: number;
  /** Pairs with truth k and prediction of another class. */
  fn: number;
  /** Predictions of class k without a true nucleus (FP_d^k). */
  unpairedPredictions: number;
  /** True nuclei of class k without a prediction (FN_d^k). */
  unpairedTruth: number;
}

/** The counts of a class by name. */
export const CLASS_COUNTS = [
  'tp',
  'fp',
  'fn',
  'unpairedPredictions',
  'unpairedTruth',
] as const satisfies readonly (keyof ClassTally)[];

export class Tally {
  /** Pairs. */
  tp = 0;
  /** Unpaired predictions. */
  fp = 0;
  /** Unpaired true nuclei. */
  fn = 0;
  readonly classes: readonly ClassTally[];

  constructor(classCount: number) {
    this.classes = Array.from({ length: classCount }, () => ({
      tp: 0,
      fp: 0,
      fn: 0,
      unpairedPredictions: 0,
      unpairedTruth: 0,
    }));
  }

  /**
   * Counts one picture. A true nucleus of unknown class counts for detection only; a class index that
   * is neither known nor {@link UNKNOWN_CLASS} is a class of its own that is not reported.
   *
   * @param partners For every true nucleus the index of its prediction, or -1.
   */
  count(truth: LabelledPoints, predictions: LabelledPoints, partners: Int32Array): void {
    const paired = new Uint8Array(predictions.x.length);
    for (let i = 0; i < partners.length; i++) {
      const j = partners[i]!;
      const actual = truth.class[i]!;
      if (j < 0) {
        this.fn++;
        this.#bump(actual, 'unpairedTruth');
        continue;
      }
      paired[j] = 1;
      this.tp++;
      if (actual === UNKNOWN_CLASS) continue;
      const predicted = predictions.class[j]!;
      if (predicted === actual) {
        this.#bump(actual, 'tp');
      } else {
        this.#bump(actual, 'fn');
        this.#bump(predicted, 'fp');
      }
    }
    for (let j = 0; j < paired.length; j++) {
      if (paired[j] === 1) continue;
      this.fp++;
      this.#bump(predictions.class[j]!, 'unpairedPredictions');
    }
  }

  /** Adds the counts of another tally of the same classes. */
  add(other: Tally): void {
    this.tp += other.tp;
    this.fp += other.fp;
    this.fn += other.fn;
    this.classes.forEach((mine, k) => {
      const theirs = other.classes[k]!;
      for (const key of CLASS_COUNTS) mine[key] += theirs[key];
    });
  }

  #bump(k: number, key: keyof ClassTally): void {
    const counts = this.classes[k];
    if (counts !== undefined) counts[key]++;
  }
}
