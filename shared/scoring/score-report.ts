/**
 * The scores of an image or a dataset, as plain data for JSON and tables. `null` is a score that is not
 * defined (0/0).
 *
 * @module
 */
import { quotient, type ScoreMode, type ScoreRules, scoreRules } from './score-mode.ts';
import { type ClassTally, Tally } from './tally.ts';

/** Scores of one class; the counts are those of {@link ClassTally}. */
export interface ClassScore extends Readonly<ClassTally> {
  readonly name: string;
  /** F_c^k. */
  readonly fc: number | null;
  /** Correct among the predictions of this class (those paired with a nucleus of unknown class left out). */
  readonly precision: number | null;
  /** Found and named among the true nuclei of this class. */
  readonly recall: number | null;
}

export interface Score {
  /** F_d = 2 tp / (2 tp + fp + fn). */
  readonly fd: number | null;
  /** Mean of the classes' `fc`, over those where it is defined. */
  readonly fc: number | null;
  /** Detection precision, tp / (tp + fp). */
  readonly precision: number | null;
  /** Detection recall, tp / (tp + fn). */
  readonly recall: number | null;
  /** Pairs, whatever their classes. */
  readonly tp: number;
  /** Predictions without a true nucleus. */
  readonly fp: number;
  /** True nuclei without a prediction. */
  readonly fn: number;
  readonly classes: readonly ClassScore[];
}

export interface ImageScore extends Score {
  readonly id: string;
}

/** The scores of a dataset: counts summed over its images, then scored. */
export interface ScoreReport extends Score {
  readonly mode: ScoreMode;
  readonly images: readonly ImageScore[];
}

/**
 * Scores images that have been counted, each and all together.
 *
 * @param tallies By image.
 */
export function reportOf(
  tallies: ReadonlyMap<string, Tally>,
  classes: readonly string[],
  mode: ScoreMode,
): ScoreReport {
  const rules = scoreRules(mode);
  const total = new Tally(classes.length);
  const images = Array.from(tallies, ([id, tally]): ImageScore => {
    total.add(tally);
    return { id, ...scoreOf(tally, classes, rules) };
  });
  return { mode, ...scoreOf(total, classes, rules), images };
}

/** Computes the scores of a tally. */
export function scoreOf(tally: Tally, classes: readonly string[], rules: ScoreRules): Score {
  const { tp, fp, fn } = tally;
  const truths = tally.classes.reduce((sum, one) => sum + one.tp + one.fn + one.unpairedTruth, 0);
  // Labels without classes say nothing of classes; no labels at all say that there is nothing.
  const hasClasses = truths > 0 || tp + fn === 0;
  const classScores = tally.classes.map((counts, k): ClassScore => {
    const { tp, fp, fn, unpairedPredictions, unpairedTruth } = counts;
    return {
      name: classes[k]!,
      fc: hasClasses ? rules.classScore(counts, tally) : null,
      precision: hasClasses ? quotient(tp, tp + fp + unpairedPredictions) : null,
      recall: quotient(tp, tp + fn + unpairedTruth),
      ...counts,
    };
  });
  const defined = classScores.map((score) => score.fc).filter((fc) => fc !== null);
  return {
    fd: quotient(2 * tp, 2 * tp + fp + fn),
    fc: quotient(
      defined.reduce((sum, fc) => sum + fc, 0),
      defined.length,
    ),
    precision: quotient(tp, tp + fp),
    recall: quotient(tp, tp + fn),
    tp,
    fp,
    fn,
    classes: classScores,
  };
}
