import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Neighbourhood } from './neighbourhood.ts';

describe('Neighbourhood', () => {
  it('finds whatever is within a cell, as comparing all pairs does', () => {
    const coordinate = fc.double({ min: -300, max: 300, noNaN: true });
    const point = fc.record({ x: coordinate, y: coordinate });
    fc.assert(
      fc.property(
        fc.array(point),
        point,
        fc.double({ min: 5, max: 80, noNaN: true }),
        (all, at, reach) => {
          const near = new Neighbourhood<{ x: number; y: number }>(reach);
          for (const one of all) near.add(one);
          const isFar = (one: { x: number; y: number }): boolean =>
            Math.hypot(one.x - at.x, one.y - at.y) >= reach;
          expect(near.every(at.x, at.y, isFar)).toBe(all.every(isFar));
        },
      ),
    );
  });
});
