/**
 * Scores for people: one line per class, then detection and the mean over the classes, each score with
 * its interval.
 *
 * @module
 */
import type { Interval, ScoreIntervals } from '../../shared/scoring/bootstrap.ts';
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
