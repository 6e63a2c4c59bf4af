import { type LabelledPoints, UNKNOWN_CLASS } from './labelled-points.ts';
import { matchGreedily } from './match-greedily.ts';
import type { Tally } from './tally.ts';

/** A pair is kept and sorted; that takes about as long as so many distances. */
const WORK_PER_PAIR = 1000;

/**
 * Counts one picture with a gated, greedy matching: for detection among all points, and for each class anew
 * among the nuclei and the predictions of that class alone. So a class knows found, missed and invented nuclei and
 * no confused pairs.
 *
 * Of nuclei of unknown class: a prediction that found none of its class and lies on one of them is neither
 * right nor wrong.
 */
export function countGreedily(
  tally: Tally,
  truth: LabelledPoints,
  predictions: LabelledPoints,
  radiusPx: number,
  maxWork?: number,
): void {
  const options = maxWork === undefined ? {} : { maxPairs: maxWork / WORK_PER_PAIR };
  const found = pairsOf(matchGreedily(truth, predictions, radiusPx, options));
  tally.tp += found;
  tally.fp += predictions.x.length - found;
  tally.fn += truth.x.length - found;
  const leftOver: number[] = [];
  for (const [k, counts] of tally.classes.entries()) {
    const nuclei = rowsOf(truth, k);
    const named = rowsOf(predictions, k);
    const partners = matchGreedily(
      take(truth, nuclei),
      take(predictions, named),
      radiusPx,
      options,
    );
    const right = pairsOf(partners);
    counts.tp += right;
    counts.unpairedTruth += nuclei.length - right;
    const paired = new Set(partners);
    for (const [at, row] of named.entries()) if (!paired.has(at)) leftOver.push(row);
  }
  const unknown = take(truth, rowsOf(truth, UNKNOWN_CLASS));
  const excused = new Set(matchGreedily(unknown, take(predictions, leftOver), radiusPx, options));
  for (const [at, row] of leftOver.entries()) {
    if (!excused.has(at)) tally.classes[predictions.class[row]!]!.unpairedPredictions++;
  }
}

function pairsOf(partners: Int32Array): number {
  return partners.reduce((count, partner) => count + (partner >= 0 ? 1 : 0), 0);
}

function rowsOf(points: LabelledPoints, k: number): number[] {
  const rows: number[] = [];
  for (let row = 0; row < points.class.length; row++) if (points.class[row] === k) rows.push(row);
  return rows;
}

function take({ x, y, class: classes, score }: LabelledPoints, rows: readonly number[]) {
  const of = (column: ArrayLike<number>) => rows.map((row) => column[row]!);
  return { x: of(x), y: of(y), class: of(classes), score: score && of(score) };
}
