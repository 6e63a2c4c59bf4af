import fc from 'fast-check';
import { expect, test } from 'vitest';
import { dilate, erode, type Mask } from './morphology.ts';

const mask = fc
  .record({ width: fc.integer({ min: 1, max: 12 }), height: fc.integer({ min: 1, max: 12 }) })
  .chain(({ width, height }) =>
    fc
      .array(fc.constantFrom(0, 0, 1), { minLength: width * height, maxLength: width * height })
      .map((bits): Mask => ({ width, height, data: Uint8Array.from(bits) })),
  );
const radius = fc.integer({ min: 0, max: 14 });

/** Whether any pixel at most `radius` away in both directions has the value. */
function isNear({ width, height, data }: Mask, at: number, radius: number, value: number) {
  const [x, y] = [at % width, Math.floor(at / width)];
  return data.some((one, i) => {
    const [dx, dy] = [(i % width) - x, Math.floor(i / width) - y];
    return one === value && Math.max(Math.abs(dx), Math.abs(dy)) <= radius && i < width * height;
  });
}

test('grows and shrinks by squares', () => {
  fc.assert(
    fc.property(mask, radius, (given, by) => {
      const grown = given.data.map((_, i) => Number(isNear(given, i, by, 1)));
      const shrunk = given.data.map((_, i) => Number(!isNear(given, i, by, 0)));
      expect(dilate(given, by).data).toEqual(grown);
      expect(erode(given, by).data).toEqual(shrunk);
    }),
  );
});

test('closing loses nothing', () => {
  fc.assert(
    fc.property(mask, radius, (given, by) => {
      const closed = erode(dilate(given, by), by);
      expect(given.data.every((value, i) => value === 0 || closed.data[i] === 1)).toBe(true);
    }),
  );
});
