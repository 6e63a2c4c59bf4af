/** The greedy rules: laws, and a plain reading of what the papers' code does as the oracle. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type LabelledPoints, UNKNOWN_CLASS } from './labelled-points.ts';
import { matchGreedily } from './match-greedily.ts';
import { matchPoints } from './match-points.ts';
import { scoreImages } from './score-images.ts';

const classes = ['a', 'b'];
const RADIUS = 6;

type Row = readonly [x: number, y: number, k: number, score?: number];

const points = (rows: readonly Row[], hasScores = true): LabelledPoints => ({
  x: rows.map(([x]) => x),
  y: rows.map(([, y]) => y),
  class: rows.map(([, , k]) => k),
  ...(hasScores && { score: rows.map(([, , , score = 1]) => score) }),
});
const scoreOf = (truth: LabelledPoints, predictions: LabelledPoints) =>
  scoreImages([{ id: 'a', truth, predictions, radiusPx: RADIUS }], classes, { mode: 'greedy' });

/** Off a grid, so that no two distances are alike. */
const place = fc.double({ min: 0, max: 40, noNaN: true });
const kind = fc.nat(1);
const trueRows = fc.array(fc.tuple(place, place, kind), { maxLength: 15 });
const surety = fc.double({ min: 0, max: 1, noNaN: true });
const foundRows = fc.uniqueArray(fc.tuple(place, place, kind, surety), {
  maxLength: 15,
  selector: ([, , , score]) => score,
});

/** Pairs as a reader of the papers would count them by hand. */
function byHand(truth: readonly Row[], found: readonly Row[]): number {
  const free = new Set(truth);
  for (const [x, y] of found.toSorted((p, q) => q[3]! - p[3]!)) {
    const nearest = [...free].sort(
      (p, q) => Math.hypot(p[0] - x, p[1] - y) - Math.hypot(q[0] - x, q[1] - y),
    )[0];
    if (nearest && Math.hypot(nearest[0] - x, nearest[1] - y) <= RADIUS) free.delete(nearest);
  }
  return truth.length - free.size;
}

describe('the greedy mode', () => {
  it('lets the surest prediction choose, as docs/scoring.md says', () => {
    // The surer takes the nucleus between both; the nearer one finds none left within the radius.
    const truth = points([[10, 10, 0]]);
    const predictions = points([
      [14, 10, 0, 0.9],
      [11, 10, 1, 0.8],
    ]);
    const report = scoreOf(truth, predictions);
    expect(report).toMatchObject({ mode: 'greedy', tp: 1, fp: 1, fn: 0, fd: 2 / 3, fc: 0.5 });
    expect(report.classes).toMatchObject([
      { tp: 1, fp: 0, fn: 0, unpairedPredictions: 0, unpairedTruth: 0, fc: 1 },
      { tp: 0, unpairedPredictions: 1, fc: 0 },
    ]);
  });

  it('counts a nucleus of the wrong class as found, and as missed and invented for the classes', () => {
    const report = scoreOf(points([[10, 10, 0]]), points([[10, 10, 1, 0.5]]));
    expect(report).toMatchObject({ tp: 1, fp: 0, fn: 0, fd: 1, fc: 0 });
    expect(report.classes).toMatchObject([
      { tp: 0, unpairedTruth: 1, recall: 0 },
      { tp: 0, unpairedPredictions: 1, precision: 0 },
    ]);
  });

  it('has a gate: a pair at the radius counts, and a stray prediction pulls nothing apart', () => {
    expect(scoreOf(points([[0, 0, 0]]), points([[6, 0, 0]])).tp).toBe(1);
    expect(scoreOf(points([[0, 0, 0]]), points([[6.001, 0, 0]])).tp).toBe(0);
    const truth: Row[] = [
      [0, 0, 0],
      [20, 0, 0],
    ];
    const found: Row[] = [
      [4, 0, 0],
      [-12.5, 0, 0],
    ];
    // The default assignment gives this pair up for a smaller sum.
    expect(scoreOf(points(truth), points(found)).tp).toBe(1);
  });

  it('counts as a plain reading of the papers does, in all and per class', () => {
    fc.assert(
      fc.property(trueRows, foundRows, (truth, found) => {
        const report = scoreOf(points(truth), points(found));
        expect(report.tp).toBe(byHand(truth, found));
        for (const [k, { tp, unpairedTruth, unpairedPredictions }] of report.classes.entries()) {
          const [own, named] = [truth, found].map((rows) => rows.filter((row) => row[2] === k));
          expect(tp).toBe(byHand(own!, named!));
          expect(unpairedTruth).toBe(own!.length - tp);
          expect(unpairedPredictions).toBe(named!.length - tp);
        }
      }),
    );
  });

  it.each([true, false])('does not depend on the order of points; with scores: %s', (hasScores) => {
    // On a coarse grid, where distances and scores tie all the time.
    const at = fc.nat(5).map((n) => 3 * n);
    const row = fc.tuple(at, at, fc.constantFrom(0, 1, UNKNOWN_CLASS), fc.constantFrom(0.5, 0.6));
    const rows = fc.uniqueArray(row, { maxLength: 12, selector: ([x, y]) => `${x},${y}` });
    const keys = fc.array(fc.nat(), { minLength: 12, maxLength: 12 });
    fc.assert(
      fc.property(rows, rows, keys, (truth, found, order) => {
        const shuffled = <T>(list: readonly T[]) =>
          [...list.keys()].sort((p, q) => order[p]! - order[q]!).map((i) => list[i]!);
        const of = (a: readonly Row[], b: readonly Row[]) => {
          const { images: _, ...score } = scoreOf(points(a), points(b, hasScores));
          return score;
        };
        expect(of(shuffled(truth), shuffled(found))).toEqual(of(truth, found));
      }),
    );
  });

  it('is 1 for the truth itself, with and without scores', () => {
    fc.assert(
      fc.property(trueRows, fc.boolean(), (rows, hasScores) => {
        const report = scoreOf(points(rows), points(rows, hasScores));
        expect(report.fd ?? 1).toBe(1);
        expect(report.fc ?? 1).toBe(1);
      }),
    );
  });

  it('never loses a pair to a less sure prediction', () => {
    fc.assert(
      fc.property(trueRows, foundRows, fc.tuple(place, place, kind), (truth, found, [x, y, k]) => {
        const before = scoreOf(points(truth), points(found));
        const after = scoreOf(points(truth), points([...found, [x, y, k, -1]]));
        expect(after.tp).toBeGreaterThanOrEqual(before.tp);
        expect(after.tp + after.fp).toBe(found.length + 1);
        expect(after.classes[1 - k]).toEqual(before.classes[1 - k]);
      }),
    );
  });

  it('leaves no pair within the radius unmade, so finds at least half of what can be paired', () => {
    fc.assert(
      fc.property(trueRows, foundRows, (truth, found) => {
        const [a, b] = [points(truth), points(found)];
        const partners = matchGreedily(a, b, RADIUS);
        const taken = new Set(partners);
        for (const [i, j] of partners.entries()) {
          const distance = (to: number) => Math.hypot(a.x[i]! - b.x[to]!, a.y[i]! - b.y[to]!);
          if (j >= 0) expect(distance(j)).toBeLessThanOrEqual(RADIUS);
          else
            for (const k of found.keys()) expect(taken.has(k) || distance(k) > RADIUS).toBe(true);
        }
        const pairs = (of: Int32Array) => of.filter((j) => j >= 0).length;
        expect(2 * pairs(partners)).toBeGreaterThanOrEqual(pairs(matchPoints(a, b, RADIUS)));
      }),
    );
  });

  it('lets a nucleus of unknown class excuse a prediction, and never cost a class anything', () => {
    const lonely = scoreOf(points([[9, 9, UNKNOWN_CLASS]]), points([[9, 9, 0, 0.5]]));
    expect(lonely).toMatchObject({ tp: 1, fp: 0, fc: null });
    fc.assert(
      fc.property(trueRows, foundRows, fc.tuple(place, place), (truth, found, [x, y]) => {
        const without = scoreOf(points(truth), points(found));
        const report = scoreOf(points([...truth, [x, y, UNKNOWN_CLASS]]), points(found));
        for (const [k, { tp, unpairedTruth, unpairedPredictions }] of report.classes.entries()) {
          const before = without.classes[k]!;
          expect([tp, unpairedTruth]).toEqual([before.tp, before.unpairedTruth]);
          expect(before.unpairedPredictions - unpairedPredictions).toBeOneOf([0, 1]);
        }
      }),
    );
  });

  it('counts a prediction without a class for detection only', () => {
    const report = scoreOf(points([[9, 9, 0]]), points([[9, 9, UNKNOWN_CLASS, 0.5]]));
    expect(report).toMatchObject({ tp: 1, fd: 1, fc: 0 });
    expect(report.classes[0]).toMatchObject({ tp: 0, unpairedTruth: 1 });
  });

  it('refuses scores that are none', () => {
    const predictions = { ...points([[9, 9, 0]]), score: [Number.NaN] };
    expect(() => scoreOf(points([]), predictions)).toThrow(/Point 0 of the predictions .* NaN/);
    expect(() => scoreOf(points([]), { ...predictions, score: [] })).toThrow(/1 coordinates and 0/);
  });

  it('gives up on points that lie on each other by the thousand', () => {
    const many = points(Array.from({ length: 2000 }, (): Row => [1, 1, 0, 0.5]));
    expect(() => matchGreedily(many, many, RADIUS, { maxPairs: 1e6 })).toThrow(
      expect.objectContaining({ code: 'SCORE_TOO_LARGE' }),
    );
  });
});
