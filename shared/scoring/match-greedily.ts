/**
 * Which prediction stands for which true nucleus, as most papers on cell detection since P2PNet have it: the
 * surest prediction first, each takes the nearest nucleus within the radius that is still free.
 *
 * @module
 */
import KDBush from 'kdbush';
import { UniCellError } from '../errors.ts';
import type { Points } from './labelled-points.ts';

export interface SurePoints extends Points {
  /** How sure each is; all alike when left out. */
  readonly score?: ArrayLike<number> | undefined;
}

export interface GreedyOptions {
  /**
   * Pairs within the radius after which the matching is given up, by default 2e7: seconds. A tenth of them may
   * be of one score, which are kept at once. Nuclei have a few predictions each within the radius; only points that
   * lie on each other by the thousand come near it.
   */
  readonly maxPairs?: number;
}

/**
 * Pairs truth and predictions of one picture. Among predictions of one score the nearest pair goes first, and
 * among pairs as near as each other the topmost, then leftmost: the result does not depend on the order of
 * the points. With scores that all differ this is what the papers' code does.
 *
 * @param radiusPx A pair at exactly this distance counts.
 * @returns For every true nucleus the index of its prediction, or -1.
 * @throws {UniCellError} `SCORE_TOO_LARGE` when too many points lie on each other.
 */
export function matchGreedily(
  truth: Points,
  predictions: SurePoints,
  radiusPx: number,
  { maxPairs = 2e7 }: GreedyOptions = {},
): Int32Array {
  const partners = new Int32Array(truth.x.length).fill(-1);
  if (truth.x.length === 0 || predictions.x.length === 0) return partners;
  const index = new KDBush(truth.x.length);
  for (let i = 0; i < truth.x.length; i++) index.add(truth.x[i]!, truth.y[i]!);
  index.finish();
  const isTaken = new Uint8Array(predictions.x.length);
  let seen = 0;
  for (const group of groupsOfOneScore(predictions)) {
    const pairs = new Pairs();
    for (const j of group) {
      const [x, y] = [predictions.x[j]!, predictions.y[j]!];
      // A hair wider: the index compares squares, which round otherwise than the distance.
      const near = index.within(x, y, radiusPx * (1 + 1e-12));
      seen += near.length;
      for (const i of near) {
        const [dx, dy] = [truth.x[i]! - x, truth.y[i]! - y];
        const distance = Math.sqrt(dx * dx + dy * dy);
        if (partners[i]! < 0 && distance <= radiusPx) pairs.push(i, j, distance);
      }
      if (seen > maxPairs || pairs.length > maxPairs / 10) {
        throw tooManyPairs(truth, predictions);
      }
    }
    for (const [i, j] of pairs.nearestFirst(truth, predictions)) {
      if (partners[i]! >= 0 || isTaken[j] === 1) continue;
      partners[i] = j;
      isTaken[j] = 1;
    }
  }
  return partners;
}

/** Pairs of a nucleus and a prediction, in columns: there may be millions. */
class Pairs {
  readonly #truth: number[] = [];
  readonly #predictions: number[] = [];
  readonly #distances: number[] = [];

  get length(): number {
    return this.#distances.length;
  }

  push(i: number, j: number, distance: number): void {
    this.#truth.push(i);
    this.#predictions.push(j);
    this.#distances.push(distance);
  }

  *nearestFirst(truth: Points, predictions: Points): Generator<[number, number], void, void> {
    const [is, js, distances] = [this.#truth, this.#predictions, this.#distances];
    const order = Uint32Array.from(distances.keys()).sort(
      (a, b) =>
        distances[a]! - distances[b]! ||
        byPlace(predictions, js[a]!, js[b]!) ||
        byPlace(truth, is[a]!, is[b]!),
    );
    for (const pair of order) yield [is[pair]!, js[pair]!];
  }
}

/** Rows of predictions, surest first, those of one score together. */
function* groupsOfOneScore({ x, score }: SurePoints): Generator<number[], void, void> {
  const rows = Array.from({ length: x.length }, (_, row) => row);
  if (score === undefined) return yield rows;
  rows.sort((a, b) => score[b]! - score[a]!);
  for (let start = 0; start < rows.length; ) {
    let end = start + 1;
    while (end < rows.length && score[rows[end]!] === score[rows[start]!]) end++;
    yield rows.slice(start, end);
    start = end;
  }
}

function byPlace({ x, y }: Points, a: number, b: number): number {
  return y[a]! - y[b]! || x[a]! - x[b]!;
}

function tooManyPairs(truth: Points, predictions: Points): UniCellError {
  return new UniCellError(
    'SCORE_TOO_LARGE',
    `The greedy matching of ${predictions.x.length} predictions to ${truth.x.length} nuclei was given up: too many pairs lie within the match radius. Check that both are in pixels of the same picture at the same resolution and that no point comes many times, give predictions their scores, or score smaller regions.`,
  );
}
