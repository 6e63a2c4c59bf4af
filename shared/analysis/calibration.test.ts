import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  analysedImage,
  analysedImages,
  nucleiOf,
  pointsOf,
} from '../../test/support/analysed-images.ts';
import { streamFor } from '../random.ts';
import {
  type Calibration,
  calibrated,
  fitSlopeAndOffset,
  fitTemperature,
  reliability,
} from './calibration.ts';
import { outcomesOf } from './outcomes.ts';

const cooled = (temperature: number): Calibration => ({ slope: 1 / temperature, offset: 0 });
const plain = cooled(1);

/** Predictions that are right as often as their calibrated score says. */
function drawn(count: number, truth: Calibration) {
  const random = streamFor(5, 'outcomes');
  return Array.from({ length: count }, () => {
    const score = random.uniform(0.02, 0.98);
    return { score, isRight: random.chance(calibrated(score, truth)) };
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
    expect(reliability(drawn(20_000, plain)).expectedError).toBeLessThan(0.015);
  });
});

describe('fitTemperature', () => {
  it.each([0.4, 1, 2.5])('finds the temperature %d that the outcomes were drawn with', (truth) => {
    const outcomes = drawn(20_000, cooled(truth));
    const temperature = fitTemperature(outcomes)!;
    expect(Math.abs(Math.log(temperature / truth))).toBeLessThan(0.06);
    const after = outcomes.map((one) => ({
      ...one,
      score: calibrated(one.score, cooled(temperature)),
    }));
    expect(reliability(after).expectedError).toBeLessThan(0.015);
    expect(fitTemperature(after)).toBeCloseTo(1, 3);
  });

  it('finds none where there is none', () => {
    expect(fitTemperature([])).toBeUndefined();
    expect(fitTemperature([{ score: 0.9, isRight: true }])).toBeUndefined();
    expect(fitTemperature([{ score: 0.9, isRight: false }])).toBeUndefined();
    expect(fitTemperature([{ score: 1, isRight: true }])).toBeUndefined();
  });
});

describe('fitSlopeAndOffset', () => {
  it.each([
    [0.6, 1.5],
    [1, 0],
    [3, -2],
  ])('finds the slope %d and the offset %d that the outcomes were drawn with', (slope, offset) => {
    const outcomes = drawn(20_000, { slope, offset });
    const found = fitSlopeAndOffset(outcomes)!;
    expect(Math.abs(found.slope - slope)).toBeLessThan(0.06 * slope);
    expect(Math.abs(found.offset - offset)).toBeLessThan(0.12);
    const after = outcomes.map((one) => ({ ...one, score: calibrated(one.score, found) }));
    expect(reliability(after).expectedError).toBeLessThan(0.015);
  });

  it('finds none where there is none', () => {
    const pair = (low: boolean, high: boolean) =>
      [0.2, 0.3, 0.7, 0.8].map((score) => ({ score, isRight: score < 0.5 ? low : high }));
    expect(fitSlopeAndOffset([])).toBeUndefined();
    expect(fitSlopeAndOffset(pair(false, true))).toBeUndefined();
    expect(fitSlopeAndOffset(pair(true, true))).toBeUndefined();
    expect(fitSlopeAndOffset(drawn(5000, { slope: -1, offset: 0 }))).toBeUndefined();
    expect(
      fitSlopeAndOffset([0, 1].map((i) => ({ score: 0.5, isRight: i === 0 }))),
    ).toBeUndefined();
  });
});

describe('calibrated', () => {
  it('leaves one half where it is under any temperature, keeps the order, and 1 changes nothing', () => {
    expect(calibrated(0.5, cooled(3))).toBe(0.5);
    expect(calibrated(0.8, plain)).toBeCloseTo(0.8, 12);
    expect(calibrated(0.8, cooled(2))).toBeLessThan(0.8);
    expect(calibrated(0.8, cooled(2))).toBeGreaterThan(0.5);
    expect(calibrated(0.5, { slope: 1, offset: 1 })).toBeCloseTo(1 / (1 + Math.exp(-1)), 12);
  });
});
