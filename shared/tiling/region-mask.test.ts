import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RegionGeometry } from './region-geometry.ts';
import { regionMask } from './region-mask.ts';

type Position = [number, number];

const image = { width: 100, height: 80 };
const close = (ring: readonly Position[]): Position[] => [...ring, ring[0]!];
const box = (x1: number, y1: number, x2: number, y2: number): Position[] =>
  close([
    [x1, y1],
    [x2, y1],
    [x2, y2],
    [x1, y2],
  ]);
const polygon = (...rings: Position[][]): RegionGeometry => ({
  type: 'Polygon',
  coordinates: rings,
});

describe('a region mask', () => {
  test('has holes, whatever their winding', () => {
    const hole = box(40, 30, 60, 50);
    for (const ring of [hole, hole.toReversed()]) {
      const mask = regionMask([polygon(box(20, 10, 80, 70), ring)], image);
      expect(mask.contains(30, 40)).toBe(true);
      expect(mask.contains(50, 40)).toBe(false);
      expect(mask.contains(10, 40)).toBe(false);
      expect(mask.touches({ x: 45, y: 35, width: 10, height: 10 }, image)).toBe(false);
      expect(mask.touches({ x: 35, y: 35, width: 10, height: 10 }, image)).toBe(true);
    }
  });

  test('takes in the union of overlapping polygons', () => {
    const parts = [[box(0, 0, 50, 50)], [box(30, 30, 80, 80)]];
    for (const geometries of [
      parts.map(([ring]) => polygon(ring!)),
      [{ type: 'MultiPolygon', coordinates: parts } as const],
    ]) {
      const mask = regionMask(geometries, image);
      expect([mask.contains(40, 40), mask.contains(10, 10), mask.contains(70, 70)]).toEqual([
        true,
        true,
        true,
      ]);
      expect(mask.contains(70, 10)).toBe(false);
    }
  });

  test('leaves out what a polygon that crosses itself covers twice', () => {
    const star = [0, 2, 4, 1, 3].map((corner): Position => {
      const angle = (corner * 2 * Math.PI) / 5;
      return [50 + 30 * Math.sin(angle), 40 - 30 * Math.cos(angle)];
    });
    const mask = regionMask([polygon(close(star))], image);
    expect(mask.contains(50, 40)).toBe(false);
    expect(mask.contains(50, 15)).toBe(true);
    const eight = close([
      [10, 10],
      [50, 50],
      [50, 10],
      [10, 50],
    ]);
    const mask8 = regionMask([polygon(eight)], image);
    expect([mask8.contains(15, 30), mask8.contains(45, 30), mask8.contains(30, 15)]).toEqual([
      true,
      true,
      false,
    ]);
  });

  test('half-open borders give a place between two neighbours one owner', () => {
    const mask = (x: number) => regionMask([polygon(box(x, 0, x + 10, 10))], image);
    expect([mask(0).contains(10, 5), mask(10).contains(10, 5)]).toEqual([false, true]);
  });

  test('touches wherever it contains, at every resolution', () => {
    const place = fc.tuple(fc.integer({ min: -20, max: 120 }), fc.integer({ min: -20, max: 100 }));
    const isFlat = (ring: Position[]) =>
      ring.every(
        ([x, y]) =>
          (ring[1]![0] - ring[0]![0]) * (y - ring[0]![1]) ===
          (ring[1]![1] - ring[0]![1]) * (x - ring[0]![0]),
      );
    const ring = fc.array(place, { minLength: 3, maxLength: 12 }).filter((r) => !isFlat(r));
    fc.assert(
      fc.property(
        fc.array(ring.map(close), { minLength: 1, maxLength: 4 }),
        fc.record({
          x: fc.integer({ min: -5, max: 60 }),
          y: fc.integer({ min: -5, max: 50 }),
          width: fc.integer({ min: 1, max: 30 }),
          height: fc.integer({ min: 1, max: 30 }),
        }),
        fc
          .tuple(fc.double({ min: 0, max: 1 }), fc.double({ min: 0, max: 1 }))
          .filter(([u, v]) => Number.isFinite(u) && Number.isFinite(v)),
        (rings, region, [u, v]) => {
          const level = { width: 50, height: 40 };
          const mask = regionMask(
            rings.map((one) => polygon(one)),
            image,
          );
          const x = (region.x + u * region.width) * 2;
          const y = (region.y + v * region.height) * 2;
          if (mask.contains(x, y)) expect(mask.touches(region, level)).toBe(true);
        },
      ),
      { numRuns: 500 },
    );
  });

  test('finds its way in a polygon of a hundred thousand corners', () => {
    const corners = 100_000;
    const circle = Array.from({ length: corners }, (_, i): Position => {
      const angle = (i * 2 * Math.PI) / corners;
      return [5000 + 4000 * Math.cos(angle), 5000 + 4000 * Math.sin(angle)];
    });
    const mask = regionMask([polygon(close(circle))], { width: 10_000, height: 10_000 });
    let inside = 0;
    for (let y = 50; y < 10_000; y += 100) {
      for (let x = 50; x < 10_000; x += 100) inside += Number(mask.contains(x, y));
    }
    expect(inside / 10_000).toBeCloseTo((Math.PI * 0.4 * 0.4) / 1, 2);
  });

  test.each([
    [
      'three positions',
      [
        [0, 0],
        [1, 1],
        [0, 0],
      ],
      /ring of 3 positions/,
    ],
    [
      'an open ring',
      [
        [0, 0],
        [9, 0],
        [9, 9],
        [0, 9],
      ],
      /not closed/,
    ],
    [
      'a line',
      [
        [0, 0],
        [5, 5],
        [9, 9],
        [0, 0],
      ],
      /without area/,
    ],
    [
      'one place',
      [
        [3, 3],
        [3, 3],
        [3, 3],
        [3, 3],
      ],
      /without area/,
    ],
    [
      'no number',
      [
        [0, 0],
        [Number.NaN, 0],
        [9, 9],
        [0, 0],
      ],
      /no finite number/,
    ],
  ] as const)('refuses %s', (_what, ring, message) => {
    const geometry = polygon(ring.map(([x, y]): Position => [x, y]));
    expect(() => regionMask([geometry], image)).toThrow(
      expect.objectContaining({
        code: 'INVALID_OPTIONS',
        message: expect.stringMatching(message),
      }),
    );
  });
});
