import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nucleiOf } from '../../test/support/analysed-images.ts';
import { mergeViews } from './merge-views.ts';
import type { Nuclei } from './nuclei.ts';

const rowsOf = ({ x, y, class: classes, score }: Nuclei) =>
  Array.from(x, (_, i) => [x[i], y[i], classes[i], score[i]]);

/** Distinct scores, places at least 4 pixels apart within a view. */
const views = fc.array(
  fc.uniqueArray(fc.tuple(fc.nat(9), fc.nat(9), fc.nat(2), fc.integer({ min: 1, max: 1e6 })), {
    maxLength: 20,
    selector: ([x, y]) => `${x} ${y}`,
  }),
  { minLength: 1, maxLength: 4 },
);
const tableOf = (rows: readonly (readonly number[])[], shift: number) =>
  nucleiOf(
    ...rows.map(([x, y, k, rank]) => [4 * x! + shift, 4 * y!, k!, rank! / 1_000_001] as const),
  );

describe('mergeViews', () => {
  it('averages what views agree on: place by score, class by the sum of scores', () => {
    const merged = mergeViews(
      [
        nucleiOf([10, 10, 0, 0.75]),
        nucleiOf([12, 10, 1, 0.25]),
        nucleiOf([10, 11, 1, 0.625]),
        nucleiOf([50, 50, 2, 0.5]),
      ],
      3,
    );
    expect(merged.length).toBe(2);
    const sum = 0.75 + 0.25 + 0.625;
    expect(merged.class[0]).toBe(1);
    expect(merged.score[0]).toBeCloseTo(sum / 4, 6);
    expect(merged.x[0]).toBeCloseTo((7.5 + 3 + 6.25) / sum, 5);
    expect(rowsOf(merged)[1]).toEqual([50, 50, 2, 0.125]);
  });

  it('gives equal views back, in reading order', () => {
    fc.assert(
      fc.property(views, fc.integer({ min: 1, max: 4 }), ([rows], count) => {
        const view = tableOf(rows!, 0);
        const merged = mergeViews(Array(count).fill(view), 3);
        const expected = rowsOf(view).sort((a, b) => a[1]! - b[1]! || a[0]! - b[0]!);
        expect(rowsOf(merged).map((row) => row.slice(0, 3))).toEqual(
          expected.map((row) => row.slice(0, 3)),
        );
        for (const [i, score] of merged.score.entries()) {
          expect(score).toBeCloseTo(expected[i]![3]!, 6);
        }
      }),
    );
  });

  it('never has two nuclei nearer than the radius, nor a score above the surest', () => {
    fc.assert(
      fc.property(views, (drawn) => {
        const merged = mergeViews(
          drawn.map((rows, view) => tableOf(rows, view)),
          3,
        );
        for (let a = 0; a < merged.length; a++) {
          for (let b = 0; b < a; b++) {
            const apart = Math.hypot(merged.x[a]! - merged.x[b]!, merged.y[a]! - merged.y[b]!);
            expect(apart).toBeGreaterThanOrEqual(3);
          }
        }
        const surest = Math.max(0, ...drawn.flat().map((row) => row[3] / 1_000_001));
        expect(Math.max(0, ...merged.score)).toBeLessThanOrEqual(surest + 1e-6);
      }),
    );
  });

  it('takes views without nuclei', () => {
    expect(mergeViews([nucleiOf(), nucleiOf()], 3).length).toBe(0);
  });
});
