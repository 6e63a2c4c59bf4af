import { describe, expect, it } from 'vitest';
import type { Raster } from '../image/raster.ts';
import { RasterSource } from '../image/raster-source.ts';
import { withoutFill } from './fill.ts';
import { tissueMask } from './tissue-mask.ts';

type Colour = readonly [number, number, number];

const side = 256;
const fills: Colour[] = [
  [0, 0, 0],
  [5, 3, 7],
  [255, 0, 255],
  [0, 255, 0],
  [0, 0, 255],
];

/** Something stained, with noise, in the right part; `fill` in the left one. */
function halfFilled(fill: Colour, from: number, size = side): Raster {
  const data = new Uint8Array(size * size * 3);
  for (let i = 0; i < size * size; i++) {
    const noise = (i * 7919) % 23;
    data.set(i % size < from ? fill : [180 + noise, 90 + noise, 150 + noise], 3 * i);
  }
  return { width: size, height: size, data };
}

const at = ({ width, data }: Raster, x: number, y: number) => [
  ...data.subarray((y * width + x) * 3, (y * width + x) * 3 + 3),
];

describe('a window', () => {
  it.each(fills)('is glass where it is filled with %i, %i, %i', (...fill) => {
    const filled = halfFilled(fill, 100);
    const glass = withoutFill(filled, 0.5);
    for (const x of [0, 50, 99]) expect(at(glass, x, 128)).toEqual([255, 255, 255]);
    for (const x of [100, 103, 200]) expect(at(glass, x, 128)).toEqual(at(filled, x, 128));
    expect(at(filled, 0, 0)).toEqual([...fill]);
  });

  it('is glass where the border of a fill is blurred', () => {
    const filled = halfFilled([0, 0, 0], 100);
    for (let y = 0; y < side; y++) {
      filled.data.set([30, 15, 25], (y * side + 100) * 3);
      filled.data.set([60, 35, 50], (y * side + 101) * 3);
    }
    const glass = withoutFill(filled, 0.5);
    for (const x of [100, 101]) expect(at(glass, x, 128)).toEqual([255, 255, 255]);
    expect(at(glass, 102, 128)).toEqual(at(filled, 102, 128));
  });

  it('keeps what is darker than any stain and small, and what only looks pure', () => {
    const tissue = halfFilled([0, 0, 0], 0);
    for (let y = 100; y < 120; y++) tissue.data.fill(0, (y * side + 100) * 3, (y * side + 120) * 3);
    expect(withoutFill(tissue, 0.5)).toBe(tissue);
    for (const colour of [
      [40, 40, 40],
      [120, 0, 120],
      [255, 255, 255],
    ] as const) {
      const half = halfFilled(colour, 128);
      expect(withoutFill(half, 0.5)).toBe(half);
    }
  });

  it('keeps the shape of a fill with a ragged border', () => {
    const filled = halfFilled([0, 0, 0], 0);
    const isFilled = (x: number, y: number) => x < 90 + (y % 16);
    for (let y = 0; y < side; y++) {
      for (let x = 0; x < side; x++)
        if (isFilled(x, y)) filled.data.fill(0, (y * side + x) * 3, (y * side + x) * 3 + 3);
    }
    const glass = withoutFill(filled, 0.5);
    let black = 0;
    for (let i = 0; i < glass.data.length; i += 3) if (glass.data[i] === 0) black += 1;
    expect(black).toBe(0);
  });
});

describe('a tissue mask', () => {
  it.each(fills)('has no tissue where a picture is filled with %i, %i, %i', async (...fill) => {
    const size = 2048;
    const mask = await tissueMask(new RasterSource(halfFilled(fill, 1024, size), 0.5));
    // With the margin of 32 um.
    expect(mask.fraction).toBeCloseTo(0.5 + 64 / size, 1);
    const covers = (x: number) => mask.covers({ x, y: 1024, width: 1, height: 1 }, mask2(size));
    expect([covers(100), covers(900), covers(1100)]).toEqual([false, false, true]);
  });
});

const mask2 = (size: number) => ({ width: size, height: size });
