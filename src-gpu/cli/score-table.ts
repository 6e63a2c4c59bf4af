import type { Score } from '../../shared/scoring/score-report.ts';
import { formatTable } from './table.ts';

/** Scores for people: one line per class, then detection and the mean over the classes. */
export function scoreTable({ fd, fc, precision, recall, tp, fp, fn, classes }: Score): string {
  const rows = classes.map((one) => [
    one.name,
    figure(one.fc),
    figure(one.precision),
    figure(one.recall),
    String(one.tp + one.fn + one.unpairedTruth),
    String(one.tp + one.fp + one.unpairedPredictions),
  ]);
  return formatTable(
    ['class', 'F', 'precision', 'recall', 'true', 'predicted'],
    [
      ...rows,
      ['mean of classes (Fc)', figure(fc), '', '', '', ''],
      [
        'detection (Fd)',
        figure(fd),
        figure(precision),
        figure(recall),
        String(tp + fn),
        String(tp + fp),
      ],
    ],
  );
}

/** A quotient 0/0 is not defined and has no figure. */
function figure(value: number | null): string {
  return value === null ? '-' : value.toFixed(3);
}
