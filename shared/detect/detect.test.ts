import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  glass,
  type OracleCall,
  oracleEngine,
  plantPixel,
  type Seen,
  seePixels,
  seeSpots,
} from '../../test/support/oracle-engine.ts';
import { cardDataset, testCard } from '../../test/support/test-card.ts';
import { RasterSource } from '../image/raster-source.ts';
import type { Nuclei } from '../nuclei/nuclei.ts';
import { detect } from './detect.ts';

const card = testCard();
const size = fc.integer({ min: 1, max: 120 });

/** Images at the model's resolution with nuclei at least 4 pixels apart: the radius is 3. */
const planted = fc
  .tuple(size, size)
  .chain(([width, height]) => {
    const spots = fc.record({
      column: fc.nat(Math.floor((width - 1) / 4)),
      row: fc.nat(Math.floor((height - 1) / 4)),
      class: fc.nat(2),
      level: fc.integer({ min: 1, max: 90 }),
    });
    return fc.record({
      width: fc.constant(width),
      height: fc.constant(height),
      spots: fc.uniqueArray(spots, { maxLength: 60, selector: (s) => `${s.column} ${s.row}` }),
    });
  })
  .map(({ width, height, spots }) => {
    const image = glass(width, height);
    for (const spot of spots) {
      plantPixel(image, spot.column * 4, spot.row * 4, spot.class, spot.level);
    }
    const expected = spots
      .map((s) => [s.column * 4 + 0.5, s.row * 4 + 0.5, s.class])
      .sort((a, b) => a[1]! - b[1]! || a[0]! - b[0]!);
    return { image, expected };
  });

const placesOf = ({ x, y, class: classes }: Nuclei) =>
  Array.from(x, (_, i) => [x[i]!, y[i]!, classes[i]!]);

describe('detect', () => {
  test('finds every nucleus once, in every picture, with its class', async () => {
    await fc.assert(
      fc.asyncProperty(planted, async ({ image, expected }) => {
        const source = new RasterSource(image, 0.5);
        const { results } = await detect(source, { dataset: 'consep' }, oracleEngine(card));
        expect(placesOf(results[0]!.nuclei)).toEqual(expected);
      }),
      { numRuns: 60 },
    );
  });

  /** As models do: what a window says of a nucleus depends a little on where it lies in the window. */
  const unsteady = (window: Parameters<typeof seePixels>[0]): Seen[] =>
    seePixels(window).map((s) => ({
      ...s,
      x: s.x + ((s.x * 7) % 3) - 1,
      y: s.y + ((s.y * 5) % 3) - 1,
      logit: s.logit + ((s.x + s.y) % 4) / 8,
    }));

  test('the batch and the number of queries change nothing', async () => {
    const batch = fc.integer({ min: 1, max: 40 });
    const queries = fc.integer({ min: 64, max: 300 });
    await fc.assert(
      fc.asyncProperty(planted, batch, queries, async ({ image }, batch, queries) => {
        const source = new RasterSource(image, 0.5);
        const plain = oracleEngine(card, { see: unsteady, queries: 70 });
        const other = oracleEngine(card, { see: unsteady, queries });
        const expected = await detect(source, { dataset: 'consep' }, plain);
        const got = await detect(source, { dataset: 'consep', batch }, other);
        expect(got).toEqual(expected);
      }),
      { numRuns: 40 },
    );
  });

  test('coordinates are pixels of the picture, whatever its resolution', async () => {
    for (const [mpp, side] of [
      [0.25, 8],
      [0.2, 10],
      [0.8, 3],
    ] as const) {
      const image = glass(300, 201);
      const centres: number[][] = [];
      for (let y = 20; y < 180; y += 40) {
        for (let x = 20; x < 280; x += 40) {
          for (let i = 0; i < side * side; i++) {
            const at = (y + Math.floor(i / side)) * 300 + x + (i % side);
            image.data.fill(40, at * 3, at * 3 + 3);
          }
          centres.push([x + side / 2, y + side / 2, 0]);
        }
      }
      const engine = oracleEngine(card, { see: seeSpots });
      const source = new RasterSource(image, mpp);
      const { level, results } = await detect(source, { dataset: 'consep' }, engine);
      expect(level).toEqual({ width: Math.round(600 * mpp), height: Math.round(402 * mpp) });
      const found = placesOf(results[0]!.nuclei);
      expect(found).toHaveLength(centres.length);
      for (const [x, y] of centres as [number, number][]) {
        const distances = found.map((f) => Math.hypot(f[0]! - x, f[1]! - y));
        expect(Math.min(...distances)).toBeLessThan(0.25);
      }
    }
  });

  test('several datasets share each run of the model', async () => {
    const calls: OracleCall[] = [];
    const image = glass(100, 60);
    plantPixel(image, 50, 30, 2, 40);
    const engine = oracleEngine(card, { onRun: (call) => void calls.push(call) });
    const detection = await detect(new RasterSource(image), { dataset: 'all', mpp: 0.5 }, engine);
    expect(detection).toMatchObject({
      image: { width: 100, height: 60 },
      mpp: { value: 0.5, source: 'request' },
      model: { id: 'test-model', version: '1.0.0', provider: 'oracle' },
      windows: 15,
      warnings: [],
      results: [
        { dataset: { id: 'consep' }, threshold: 0.5, nuclei: { class: Uint8Array.of(2) } },
        { dataset: { id: 'ocelot' }, threshold: 0.5, nuclei: { class: Uint8Array.of(0) } },
      ],
    });
    expect(calls.map((call) => call.batch)).toEqual([4, 4, 4, 3]);
    expect(calls.every((call) => call.datasets.join() === 'consep,ocelot')).toBe(true);
    expect(calls.every((c) => c.windows.length === c.batch * 3 * 32 * 32)).toBe(true);
    expect(new Set(calls.map((call) => call.windows.buffer)).size).toBe(2);
  });

  test('the threshold of the request, else the one of the card', async () => {
    const image = glass(30, 30);
    plantPixel(image, 5, 5, 0, 0);
    plantPixel(image, 15, 5, 0, 20);
    const source = new RasterSource(image, 0.5);
    const engine = oracleEngine(
      testCard({ datasets: [cardDataset('consep', { threshold: 0.6 })] }),
    );
    const count = async (threshold?: number) => {
      const { results } = await detect(source, { dataset: 'consep', threshold }, engine);
      return [results[0]!.threshold, results[0]!.nuclei.length];
    };
    expect(await count()).toEqual([0.6, 1]);
    expect(await count(0.5)).toEqual([0.5, 2]);
    expect(await count(0.95)).toEqual([0.95, 0]);
  });

  test('a class filter hides classes and changes nothing else', async () => {
    const image = glass(30, 30);
    plantPixel(image, 5, 5, 2, 10);
    plantPixel(image, 7, 5, 0, 20);
    plantPixel(image, 15, 15, 2, 10);
    const source = new RasterSource(image, 0.5);
    const options = { dataset: 'all', classes: ['stromal'] };
    const { results, warnings } = await detect(source, options, oracleEngine(card));
    expect(placesOf(results[0]!.nuclei)).toEqual([[15.5, 15.5, 2]]);
    expect(results[1]!.nuclei).toHaveLength(0);
    expect(warnings.map((w) => w.code)).toEqual(['CLASS_NOT_IN_DATASET']);
  });

  test('a picture of one pixel is a picture', async () => {
    const image = glass(1, 1);
    plantPixel(image, 0, 0, 1, 30);
    const source = new RasterSource(image, 0.5);
    const { windows, results } = await detect(source, { dataset: 'consep' }, oracleEngine(card));
    expect(windows).toBe(1);
    expect(placesOf(results[0]!.nuclei)).toEqual([[0.5, 0.5, 1]]);
  });

  test('reports progress from nothing to everything', async () => {
    const seen: number[][] = [];
    await detect(
      new RasterSource(glass(100, 60), 0.5),
      { dataset: 'consep', batch: 6, onProgress: (done, total) => seen.push([done, total]) },
      oracleEngine(card),
    );
    expect(seen).toEqual([
      [0, 15],
      [6, 15],
      [12, 15],
      [15, 15],
    ]);
  });
});
