import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { planChunks } from './plan-chunks.ts';
import { planWindows, selectWindows } from './plan-windows.ts';

const side = fc.integer({ min: 1, max: 3000 });
const plans = fc
  .record({
    width: side,
    height: side,
    haloPx: fc.integer({ min: 0, max: 20 }),
    chunkPx: fc.integer({ min: 1, max: 2000 }),
  })
  .map(({ width, height, haloPx, chunkPx }) => {
    const windows = planWindows({ width, height }, { width: 64, height: 48, haloPx });
    return planChunks(windows, chunkPx);
  });

describe('planning chunks', () => {
  test('every window is in exactly one chunk', () => {
    fc.assert(
      fc.property(plans, (chunks) => {
        const seen = [...chunks].flatMap((c) => [...chunks.windowsOf(c)].map((w) => w.index));
        const all = Array.from({ length: chunks.windows.count }, (_, index) => index);
        expect(seen.sort((a, b) => a - b)).toEqual(all);
      }),
      { numRuns: 50 },
    );
  });

  test('cores partition the plane, row by row, and hold the cores of their windows', () => {
    fc.assert(
      fc.property(plans, (chunks) => {
        const { level } = chunks.windows;
        let y = 0;
        for (let row = 0; row < chunks.rows; row++) {
          let x = 0;
          const { height } = chunks.at(row * chunks.columns).core;
          for (let column = 0; column < chunks.columns; column++) {
            const chunk = chunks.at(row * chunks.columns + column);
            expect(chunk).toMatchObject({ column, row, core: { x, y, height } });
            const area = [...chunks.windowsOf(chunk)].reduce((sum, { core }) => {
              expect(core.x >= x && core.y >= y).toBe(true);
              return sum + core.width * core.height;
            }, 0);
            expect(area).toBe(chunk.core.width * chunk.core.height);
            x += chunk.core.width;
          }
          expect(x).toBe(level.width);
          y += height;
        }
        expect(y).toBe(level.height);
      }),
      { numRuns: 50 },
    );
  });

  test('sides are near the wish, and those of one axis differ by one window at most', () => {
    const windows = planWindows(
      { width: 50_000, height: 40_000 },
      { width: 256, height: 256, haloPx: 32 },
    );
    const chunks = planChunks(windows);
    const counts = [...chunks].map((chunk) => [...chunks.windowsOf(chunk)].length);
    expect([chunks.columns, chunks.rows]).toEqual([13, 10]);
    expect(Math.max(...counts)).toBeLessThanOrEqual(21 * 21);
    expect(Math.min(...counts)).toBeGreaterThanOrEqual(19 * 19);
  });

  test('chunks under a rectangle are those that share pixels with it', () => {
    const windows = planWindows({ width: 1000, height: 500 }, { width: 64, height: 64, haloPx: 8 });
    const chunks = planChunks(windows, 200);
    const first = chunks.at(0).core;
    const under = (x: number, y: number, width: number, height: number) =>
      chunks.chunksUnder({ x, y, width, height }).map(({ index }) => index);
    expect(under(0, 0, first.width, first.height)).toEqual([0]);
    expect(under(0, 0, first.width + 1, 1)).toEqual([0, 1]);
    expect(under(first.width, first.height, 1, 1)).toEqual([chunks.columns + 1]);
    expect(under(-50, -50, 10, 10)).toEqual([]);
    const all = under(-1e9, -1e9, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY);
    expect(all).toHaveLength(chunks.count);
  });

  test('there is no chunk outside the plan', () => {
    const chunks = planChunks(
      planWindows({ width: 10, height: 10 }, { width: 64, height: 64, haloPx: 8 }),
    );
    expect(chunks.count).toBe(1);
    expect(() => chunks.at(1)).toThrow('There is no chunk 1 in a plan of 1.');
  });
});

test('a selection gives windows of the plan, in its order', () => {
  const plan = planWindows({ width: 300, height: 300 }, { width: 64, height: 64, haloPx: 8 });
  const odd = selectWindows(plan, plan, ({ index }) => index % 2 === 1);
  expect([...odd]).toEqual([...plan].filter(({ index }) => index % 2 === 1));
  expect(odd.at(2)).toEqual(plan.at(5));
  expect(() => odd.at(odd.count)).toThrow(RangeError);
  expect(selectWindows(plan, [plan.at(3)], () => true).count).toBe(1);
});
