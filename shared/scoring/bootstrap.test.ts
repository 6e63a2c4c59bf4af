import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { streamFor } from '../random.ts';
import { bootstrapIntervals, type Interval, quantile } from './bootstrap.ts';
import { type ScoredImage, scoreImages } from './score-images.ts';
import { SCORE_MODES } from './score-mode.ts';

const classes = ['epithelial', 'stromal'];

/** An image in which so many nuclei are found, missed and invented, of both classes in turn. */
function image(id: string, [found, missed, invented]: readonly number[]): ScoredImage {
  const row = (start: number, length: number) =>
    Array.from({ length }, (_, i) => [100 * (start + i), (start + i) % 2]);
  const points = (rows: number[][]) => ({
    x: rows.map((one) => one[0]!),
    y: rows.map(() => 1),
    class: rows.map((one) => one[1]!),
  });
  const pairs = row(0, found!);
  return {
    id,
    truth: points([...pairs, ...row(found!, missed!)]),
    predictions: points([...pairs, ...row(found! + missed!, invented!)]),
    radiusPx: 6,
  };
}

const report = (counts: readonly (readonly number[])[], mode = SCORE_MODES[0]!) =>
  scoreImages(
    counts.map((one, i) => image(`${i}`, one)),
    classes,
    { mode },
  );

const counts = fc.array(fc.tuple(fc.nat(6), fc.nat(4), fc.nat(4)), { minLength: 2, maxLength: 6 });

describe('bootstrapIntervals', () => {
  it('gives intervals of scores, the same for the same seed, under every rule', () => {
    fc.assert(
      fc.property(counts, fc.constantFrom(...SCORE_MODES), fc.nat(), (rows, mode, seed) => {
        const scored = report(rows, mode);
        const found = bootstrapIntervals(scored, { resamples: 50, seed })!;
        expect(bootstrapIntervals(scored, { resamples: 50, seed })).toEqual(found);
        const all: (Interval | null)[] = [found.fd, found.fc, found.precision, found.recall];
        for (const one of found.classes) all.push(one.fc, one.precision, one.recall);
        for (const interval of all) {
          if (interval === null) continue;
          expect(interval.low).toBeLessThanOrEqual(interval.high);
          expect(interval.low).toBeGreaterThanOrEqual(0);
          expect(interval.high).toBeLessThanOrEqual(1);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('has no width where all pictures are alike', () => {
    const scored = report([
      [6, 2, 1],
      [6, 2, 1],
      [6, 2, 1],
    ]);
    const found = bootstrapIntervals(scored)!;
    for (const key of ['fd', 'fc', 'precision', 'recall'] as const) {
      expect(found[key]!.low).toBeCloseTo(scored[key]!, 12);
      expect(found[key]!.high).toBeCloseTo(scored[key]!, 12);
    }
  });

  it('draws what enumerating all draws of three pictures gives', () => {
    const rows = [
      [9, 1, 0],
      [4, 4, 2],
      [1, 1, 6],
    ];
    const every = [];
    for (let draw = 0; draw < 27; draw++) {
      const three = [0, 1, 2].map((place) => rows[Math.floor(draw / 3 ** place) % 3]!);
      every.push(report(three).fd!);
    }
    every.sort((a, b) => a - b);
    const { fd } = bootstrapIntervals(report(rows), { resamples: 20_000, confidence: 0.8 })!;
    // 27 equally likely values: a tenth of the draws ends within the third of them.
    expect(fd!.low).toBeCloseTo(every[2]!, 6);
    expect(fd!.high).toBeCloseTo(every[24]!, 6);
  });

  it('holds the true recall in about 95 of 100 datasets', () => {
    const random = streamFor(3, 'coverage');
    let held = 0;
    for (let trial = 0; trial < 200; trial++) {
      const rows = Array.from({ length: 40 }, () => {
        const found = Array.from({ length: 20 }, () => random.chance(0.7)).filter(Boolean).length;
        return [found, 20 - found, 0];
      });
      const { recall } = bootstrapIntervals(report(rows), { resamples: 300, seed: trial })!;
      held += recall!.low <= 0.7 && 0.7 <= recall!.high ? 1 : 0;
    }
    expect(held / 200).toBeGreaterThan(0.88);
    expect(held / 200).toBeLessThan(0.99);
  });

  it('says nothing of a single picture, and nothing of a class that is never there', () => {
    expect(bootstrapIntervals(report([[3, 1, 1]]))).toBeUndefined();
    const alone = scoreImages([image('a', [1, 0, 0]), image('b', [1, 0, 0])], classes);
    expect(bootstrapIntervals(alone)!.classes[1]).toEqual({
      name: 'stromal',
      fc: null,
      precision: null,
      recall: null,
    });
  });
});

describe('quantile', () => {
  it('interpolates between neighbours and ends at the ends', () => {
    expect([0, 0.25, 0.5, 1].map((share) => quantile([1, 2, 4], share))).toEqual([1, 1.5, 2, 4]);
    expect(quantile([7], 0.3)).toBe(7);
  });
});
