import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { areaCentroid } from './polygon.ts';

const coordinate = fc.integer({ min: 0, max: 4000 });
const outlines = fc
  .array(fc.tuple(coordinate, coordinate), { minLength: 3, maxLength: 40 })
  .map((corners) => corners.flat());

describe('areaCentroid', () => {
  it('is the centroid of the area, not the mean of the corners', () => {
    // A 4 x 2 rectangle with many corners on one side.
    expect(areaCentroid([0, 0, 4, 0, 4, 2, 3, 2, 2, 2, 1, 2, 0, 2])).toEqual({ x: 2, y: 1 });
    // An L of three unit squares.
    const l = areaCentroid([0, 0, 2, 0, 2, 1, 1, 1, 1, 2, 0, 2])!;
    expect(l.x).toBeCloseTo(5 / 6, 12);
    expect(l.y).toBeCloseTo(5 / 6, 12);
  });

  it.each([
    ['no corner', []],
    ['one corner', [3, 4]],
    ['two corners', [3, 4, 8, 9]],
    ['corners on a line', [0, 0, 2, 2, 5, 5]],
  ])('has no answer for %s', (_what, outline) => {
    expect(areaCentroid(outline)).toBeUndefined();
  });

  it('lies in the bounding box, even where an outline crosses itself', () => {
    fc.assert(
      fc.property(outlines, (outline) => {
        const found = areaCentroid(outline);
        if (!found) return;
        const xs = outline.filter((_, i) => i % 2 === 0);
        const ys = outline.filter((_, i) => i % 2 === 1);
        expect(found.x).toBeGreaterThanOrEqual(Math.min(...xs));
        expect(found.x).toBeLessThanOrEqual(Math.max(...xs));
        expect(found.y).toBeGreaterThanOrEqual(Math.min(...ys));
        expect(found.y).toBeLessThanOrEqual(Math.max(...ys));
      }),
    );
  });

  it('does not depend on the direction or on where the outline begins, and moves with it', () => {
    fc.assert(
      fc.property(outlines, fc.nat(39), coordinate, (outline, start, shift) => {
        const found = areaCentroid(outline);
        const corners = Array.from({ length: outline.length / 2 }, (_, i) =>
          outline.slice(2 * i, 2 * i + 2),
        );
        const at = start % corners.length;
        const turned = [...corners.slice(at), ...corners.slice(0, at)];
        const others = [turned, corners.toReversed()].map((list) => areaCentroid(list.flat()));
        for (const other of others) {
          expect(other?.x).toBeCloseTo(found?.x ?? Number.NaN, 4);
          expect(other?.y).toBeCloseTo(found?.y ?? Number.NaN, 4);
        }
        const moved = areaCentroid(outline.map((value) => value + shift));
        expect(moved?.x).toBeCloseTo((found?.x ?? Number.NaN) + shift, 4);
      }),
    );
  });
});
