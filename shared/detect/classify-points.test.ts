import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { glass, oracleEngine, plantPixel } from '../../test/support/oracle-engine.ts';
import { cardDataset, testCard } from '../../test/support/test-card.ts';
import { RasterSource } from '../image/raster-source.ts';
import { UNKNOWN_CLASS } from '../scoring/labelled-points.ts';
import { classifyPoints } from './classify-points.ts';

const card = testCard({
  window: { width: 96, height: 96, haloPx: 16 },
  datasets: [cardDataset('consep', { threshold: 0.9 })],
});
const engine = oracleEngine(card);
const { mpp } = card;

async function classify(
  planted: readonly (readonly [x: number, y: number, index: number, level: number])[],
  points: readonly (readonly [x: number, y: number])[],
  radiusUm?: number,
) {
  const image = glass(300, 200);
  for (const one of planted) plantPixel(image, ...one);
  const list = {
    x: Float64Array.from(points, ([x]) => x),
    y: Float64Array.from(points, ([, y]) => y),
  };
  return classifyPoints(
    new RasterSource(image, mpp),
    list,
    { dataset: 'consep', radiusUm },
    engine,
  );
}

describe('classifyPoints', () => {
  it('gives each point the class of the nucleus nearest to it, and none far from all', async () => {
    const planted = [
      [50, 50, 0, 40],
      [56, 50, 1, 40],
      [150, 100, 2, 40],
    ] as const;
    const points = [
      [51, 50],
      [55.5, 51],
      [150.5, 100.5],
      [250, 150],
    ] as const;
    const { results, windows, outside } = await classify(planted, points, 2);
    expect([...results[0]!.class]).toEqual([0, 1, 2, UNKNOWN_CLASS]);
    expect([...results[0]!.score].map((score) => score > 0.9)).toEqual([true, true, true, false]);
    expect(results[0]!.score[3]).toBe(0);
    expect([outside, windows]).toEqual([0, 3]);
  });

  it('prefers what is a nucleus to the model, and else takes what it was not sure of', async () => {
    const unsure = [50, 50, 0, 1] as const;
    const sure = [54, 50, 1, 40] as const;
    const both = await classify([unsure, sure], [[50.5, 50.5]], 5);
    expect(both.results[0]!.class[0]).toBe(1);
    const far = await classify([unsure, sure], [[50.5, 50.5]], 1);
    expect(far.results[0]!.class[0]).toBe(0);
    expect(far.results[0]!.score[0]).toBeCloseTo(1 / (1 + Math.exp(-0.1)), 5);
  });

  it('sees the same at every seam, and leaves out points beyond the picture', async () => {
    const rows = fc.uniqueArray(
      fc.tuple(fc.integer({ min: 0, max: 18 }), fc.integer({ min: 0, max: 12 })),
      {
        selector: ([x, y]) => `${x}/${y}`,
        maxLength: 40,
      },
    );
    await fc.assert(
      fc.asyncProperty(rows, async (places) => {
        const planted = places.map(([x, y], i) => [5 + 16 * x, 3 + 16 * y, i % 3, 40] as const);
        const points = planted.map(([x, y]) => [x + 0.9, y + 0.2] as const);
        const beyond = [
          [-1, 5],
          [301, 5],
          [Number.NaN, 1],
        ] as const;
        const { results, outside } = await classify(planted, [...points, ...beyond], 1);
        expect([...results[0]!.class]).toEqual([
          ...planted.map(([, , index]) => index),
          ...beyond.map(() => UNKNOWN_CLASS),
        ]);
        expect(outside).toBe(3);
      }),
      { numRuns: 40 },
    );
  });
});
