import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  analysedImage,
  analysedImages,
  nucleiOf,
  pointsOf,
} from '../../test/support/analysed-images.ts';
import { streamFor } from '../synthetic/random.ts';
import { fitTemperature, reliability, tempered } from './calibration.ts';
import { outcomesOf } from './outcomes.ts';

/** Predictions that are right as often as their score says once it is cooled by `temperature`. */
function drawn(count: number, temperature: number) {
  const random = streamFor(5, 'outcomes');
  return Array.from({ length: count }, () => {
    const score = random.uniform(0.02, 0.98);
    return { score, isRight: random.chance(tempered(score, temperature)) };
  });
}

describe('outcomesOf', () => {
  it('gives a true nucleus to the surest prediction near it, and none to a second', () => {
    const image = analysedImage(
      pointsOf([10, 10, 0], [17, 10, 0]),
      nucleiOf([11, 10, 0, 0.3], [13, 10, 1, 0.9], [15, 10, 0, 0.5], [100, 50, 0, 0.4]),
    );
    expect(outcomesOf(image).map(({ isRight }) => isRight)).toEqual([true, true, false, false]);
  });

  it('does not depend on what is less sure, nor on order', () => {
    fc.assert(
      fc.property(analysedImages, fc.integer({ min: 1, max: 99 }), ([image], hundredths) => {
        const { found } = image!;
        const rows = Array.from(found.x, (x, i) => [
          x,
          found.y[i]!,
          found.class[i]!,
          found.score[i]!,
        ]);
        const all = outcomesOf(image!);
        const least = Math.fround(hundredths / 100);
        const sure = rows.filter((row) => row[3]! >= least).toReversed();
        const some = outcomesOf({ ...image!, found: nucleiOf(...sure) });
        expect(some).toEqual(all.slice(0, some.length));
        expect(all.filter(({ isRight }) => isRight).length).toBeLessThanOrEqual(
          Math.min(image!.truth.x.length, found.length),
        );
      }),
    );
  });
});

describe('reliability', () => {
  it('compares scores with shares, bin by bin', () => {
    const outcomes = [
      { score: 0.9, isRight: true },
      { score: 0.7, isRight: false },
      { score: 0.2, isRight: false },
    ];
    const { bins, expectedError } = reliability(outcomes, 2);
    expect(bins[0]).toEqual({ from: 0, to: 0.5, count: 1, meanScore: 0.2, share: 0 });
    expect(bins[1]).toMatchObject({ count: 2, meanScore: 0.8, share: 0.5 });
    expect(expectedError).toBeCloseTo((1 * 0.2 + 2 * 0.3) / 3, 12);
    expect(reliability([], 2)).toMatchObject({
      bins: [{ count: 0, meanScore: null, share: null }, {}],
      expectedError: null,
    });
  });

  it('is near zero where scores are probabilities', () => {
    expect(reliability(drawn(20_000, 1)).expectedError).toBeLessThan(0.015);
  });
});

describe('fitTemperature', () => {
  it.each([0.4, 1, 2.5])('finds the temperature %d that the outcomes were drawn with', (truth) => {
    const outcomes = drawn(20_000, truth);
    const temperature = fitTemperature(outcomes)!;
    expect(Math.abs(Math.log(temperature / truth))).toBeLessThan(0.06);
    const cooled = outcomes.map((one) => ({ ...one, score: tempered(one.score, temperature) }));
    expect(reliability(cooled).expectedError).toBeLessThan(0.015);
    expect(fitTemperature(cooled)).toBeCloseTo(1, 3);
  });

  it('finds none where there is none', () => {
    expect(fitTemperature([])).toBeUndefined();
    expect(fitTemperature([{ score: 0.9, isRight: true }])).toBeUndefined();
    expect(fitTemperature([{ score: 0.9, isRight: false }])).toBeUndefined();
    expect(fitTemperature([{ score: 1, isRight: true }])).toBeUndefined();
  });
});

describe('tempered', () => {
  it('leaves one half where it is, keeps the order, and 1 changes nothing', () => {
    expect(tempered(0.5, 3)).toBe(0.5);
    expect(tempered(0.8, 1)).toBeCloseTo(0.8, 12);
    expect(tempered(0.8, 2)).toBeLessThan(0.8);
    expect(tempered(0.8, 2)).toBeGreaterThan(0.5);
  });
});
