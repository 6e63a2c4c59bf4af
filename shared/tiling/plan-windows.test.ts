import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isInSeamBand, ownsCentre } from './ownership.ts';
import { planWindows, type WindowPlan } from './plan-windows.ts';

const shape = fc
  .record({
    width: fc.integer({ min: 1, max: 24 }),
    height: fc.integer({ min: 1, max: 24 }),
    share: fc.double({ min: 0, max: 0.99, noNaN: true }),
  })
  .map(({ width, height, share }) => ({
    width,
    height,
    haloPx: Math.max(0, Math.ceil((share * Math.min(width, height)) / 2) - 1),
  }));
const level = fc.record({
  width: fc.integer({ min: 1, max: 90 }),
  height: fc.integer({ min: 1, max: 90 }),
});

function ownersOfPixels(plan: WindowPlan): Uint8Array {
  const owners = new Uint8Array(plan.level.width * plan.level.height);
  for (const { core } of plan) {
    for (let y = core.y; y < core.y + core.height; y++) {
      for (let x = core.x; x < core.x + core.width; x++) {
        owners[y * plan.level.width + x]! += 1;
      }
    }
  }
  return owners;
}

describe('a window plan', () => {
  test('its cores partition the plane', () => {
    fc.assert(
      fc.property(level, shape, (size, window) => {
        const owners = ownersOfPixels(planWindows(size, window));
        expect(owners.every((n) => n === 1)).toBe(true);
      }),
    );
  });

  test('its windows lie in the plane where the plane is at least a window', () => {
    fc.assert(
      fc.property(level, shape, (size, window) => {
        for (const { x, y, width, height } of planWindows(size, window)) {
          expect(x).toBeGreaterThanOrEqual(0);
          expect(y).toBeGreaterThanOrEqual(0);
          expect(size.width >= width ? x + width : x).toBeLessThanOrEqual(
            size.width >= width ? size.width : 0,
          );
          expect(size.height >= height ? y + height : y).toBeLessThanOrEqual(
            size.height >= height ? size.height : 0,
          );
        }
      }),
    );
  });

  test('every core has its halo inside its window, except where the plane ends', () => {
    fc.assert(
      fc.property(level, shape, (size, window) => {
        for (const { x, y, width, height, core } of planWindows(size, window)) {
          const halos = [
            core.x === 0 ? Number.POSITIVE_INFINITY : core.x - x,
            core.y === 0 ? Number.POSITIVE_INFINITY : core.y - y,
            core.x + core.width === size.width
              ? Number.POSITIVE_INFINITY
              : x + width - core.x - core.width,
            core.y + core.height === size.height
              ? Number.POSITIVE_INFINITY
              : y + height - core.y - core.height,
          ];
          expect(Math.min(...halos)).toBeGreaterThanOrEqual(window.haloPx);
        }
      }),
    );
  });

  test('it takes as few windows as the halo allows', () => {
    const along = (size: number, haloPx: number) =>
      planWindows({ width: size, height: 1 }, { width: 256, height: 256, haloPx }).count;
    expect([24, 32, 64].map((halo) => along(512, halo))).toEqual([3, 3, 3]);
    expect([along(512, 0), along(513, 0)]).toEqual([2, 3]);
    expect([along(256, 64), along(257, 64), along(384, 64), along(385, 64)]).toEqual([1, 2, 2, 3]);
  });

  test('a plane smaller than the window is one window that owns it all', () => {
    const [only, ...others] = planWindows(
      { width: 1, height: 1 },
      { width: 256, height: 256, haloPx: 32 },
    );
    expect(others).toEqual([]);
    expect(only).toEqual({
      index: 0,
      x: 0,
      y: 0,
      width: 256,
      height: 256,
      core: { x: 0, y: 0, width: 1, height: 1 },
    });
  });

  test('a plane of ten thousand gigapixels costs nothing to plan', () => {
    const size = { width: 4_000_000, height: 2_500_000 };
    const plan = planWindows(size, { width: 256, height: 256, haloPx: 32 });
    expect(plan.count).toBe(20_833 * 13_021);
    const last = plan.at(plan.count - 1);
    expect([last.x + 256, last.y + 256]).toEqual([size.width, size.height]);
    const middle = plan.at(Math.floor(plan.count / 2));
    const next = plan.at(middle.index + 1);
    expect(next.core.x).toBe(middle.core.x + middle.core.width);
  });

  test('refuses halos that leave no core, planes without pixels and windows that are not there', () => {
    const size = { width: 10, height: 10 };
    for (const haloPx of [4, 5, -1, Number.NaN]) {
      expect(() => planWindows(size, { width: 8, height: 9, haloPx })).toThrow(
        expect.objectContaining({ code: 'CARD_INVALID' }),
      );
    }
    for (const width of [0, -3, 1.5, Number.NaN]) {
      expect(() => planWindows({ width, height: 5 }, { width: 8, height: 8, haloPx: 1 })).toThrow(
        expect.objectContaining({ code: 'IMAGE_UNREADABLE' }),
      );
    }
    expect(() => planWindows(size, { width: 8, height: 8, haloPx: 1 }).at(4)).toThrow(RangeError);
  });
});

describe('ownership', () => {
  // Whole numbers too, for centres exactly on a border.
  const anywhere = fc.oneof(
    fc.double({ min: -3, max: 93, noNaN: true }),
    fc.integer({ min: -3, max: 93 }),
  );

  test('every centre has one owner, even on or beyond the border of the plane', () => {
    fc.assert(
      fc.property(level, shape, anywhere, anywhere, (size, window, x, y) => {
        const owners = [...planWindows(size, window)].filter((w) => ownsCentre(w.core, size, x, y));
        expect(owners).toHaveLength(1);
      }),
    );
  });

  test('two centres with different owners lie in the seam band of the distance between them', () => {
    const near = fc.double({ min: -4, max: 4, noNaN: true });
    fc.assert(
      fc.property(level, shape, anywhere, anywhere, near, near, (size, window, x, y, dx, dy) => {
        const plan = [...planWindows(size, window)];
        const owner = (px: number, py: number) =>
          plan.find((w) => ownsCentre(w.core, size, px, py))!.core;
        const [a, b] = [owner(x, y), owner(x + dx, y + dy)];
        const distance = Math.hypot(dx, dy) + 1e-9;
        if (a !== b) {
          expect(isInSeamBand(a, size, x, y, distance)).toBe(true);
          expect(isInSeamBand(b, size, x + dx, y + dy, distance)).toBe(true);
        }
      }),
      { numRuns: 1000 },
    );
  });

  test('the border of the plane is no seam', () => {
    const size = { width: 10, height: 10 };
    expect(isInSeamBand({ x: 0, y: 0, width: 10, height: 10 }, size, 0, 10, 5)).toBe(false);
  });
});
