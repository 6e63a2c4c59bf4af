/**
 * Scores for people: one line per class, then detection and the mean over the classes, each score with
 * its interval.
 *
 * @module
 */
import type { Interval, ScoreIntervals } from '../../shared/scoring/bootstrap.ts';
import type { ScoreMode } from '../../shared/scoring/score-mode.ts';
import type { Score } from '../../shared/scoring/score-report.ts';
import { formatTable, markdownTable } from '../terminal/table.ts';

/** @param intervals Left out where there are none: of a single picture. */
export function scoreTable(score: Score, intervals?: ScoreIntervals): string {
  return formatTable(...scoreRows(score, intervals));
}

export function scoreMarkdown(score: Score, intervals?: ScoreIntervals): string {
  return markdownTable(...scoreRows(score, intervals));
}

/** A quotient 0/0 is not defined and has no figure. */
export function figure(value: number | null): string {
  return value === null ? '-' : value.toFixed(3);
}

/** `0.694-0.738`; nothing where there is none. */
export function range(interval: Interval | null | undefined): string {
  return interval ? `${figure(interval.low)}-${figure(interval.high)}` : '';
}

const TWICE =
  'the formula counts a nucleus under a wrong name twice, and one missed or invented once';
/** Why `F` of a class does not follow from the two columns beside it; under `greedy` it does. */
const NOTES: Readonly<Partial<Record<ScoreMode, string>>> = {
  default: `F of a class is below the harmonic mean of its precision and recall: ${TWICE} (docs/scoring.md).`,
  official: `F of a class is below the harmonic mean of its precision and recall: ${TWICE} (docs/scoring.md).`,
  paper: `F of a class is below the harmonic mean of its precision and recall: ${TWICE}, that of every class (docs/scoring.md).`,
};

/**
 * A sentence for below a table, where a class has a score that its precision and recall do not give; else none.
 *
 * @param mode That the score was computed by.
 */
export function classScoreNotes({ classes }: Score, mode: ScoreMode): string[] {
  const note = NOTES[mode];
  const differs = classes.some(({ fc, tp, fp, fn, unpairedPredictions, unpairedTruth }) => {
    const wrong = fp + fn + unpairedPredictions + unpairedTruth;
    return fc !== null && fc < (2 * tp) / (2 * tp + wrong) - 1e-9;
  });
  return note !== undefined && differs ? [note] : [];
}

function scoreRows(score: Score, intervals?: ScoreIntervals): [string[], string[][]] {
  const { fd, fc, precision, recall, tp, fp, fn, classes } = score;
  const percent = intervals && `${100 * intervals.confidence} %`;
  const of = (value: number | null, interval: Interval | null | undefined) =>
    intervals ? [figure(value), range(interval)] : [figure(value)];
  const blank = intervals ? ['', ''] : [''];
  const header = ['F', 'precision', 'recall'].flatMap((name) => (percent ? [name, percent] : name));
  const perClass = classes.map((one, k) => [
    one.name,
    ...of(one.fc, intervals?.classes[k]?.fc),
    ...of(one.precision, intervals?.classes[k]?.precision),
    ...of(one.recall, intervals?.classes[k]?.recall),
    String(one.tp + one.fn + one.unpairedTruth),
    String(one.tp + one.fp + one.unpairedPredictions),
  ]);
  return [
    ['class', ...header, 'true', 'predicted'],
    [
      ...perClass,
      ['mean of classes (Fc)', ...of(fc, intervals?.fc), ...blank, ...blank, '', ''],
      [
        'detection (Fd)',
        ...of(fd, intervals?.fd),
        ...of(precision, intervals?.precision),
        ...of(recall, intervals?.recall),
        String(tp + fn),
        String(tp + fp),
      ],
    ],
  ];
}
