import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Raster } from '../image/raster.ts';
import { resizeBilinear } from './bilinear.ts';

/** Bytes of a linear congruential generator, the same in any language. */
function noise(width: number, height: number): Raster {
  const data = new Uint8Array(width * height * 3);
  for (let i = 0, state = 1; i < data.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    data[i] = state >>> 24;
  }
  return { width, height, data };
}

describe('resizeBilinear', () => {
  // Hashes of `cv2.resize(noise, (width, height), interpolation=cv2.INTER_LINEAR)` of OpenCV 4.14.0; 5.0.0
  // gives the same.
  it.each([
    [250, 250, 800, 800, 'a0ee5b0c46be23b6'],
    [271, 361, 800, 1066, '347e3d9ccc320c98'],
    [180, 130, 1108, 800, '4680f06d2e714d69'],
    [61, 83, 800, 1089, '5a2923c8387fc49c'],
    [1023, 1000, 818, 800, '1777e33ae3ebdf33'],
    [1000, 337, 1333, 449, '37a8afc2f48e1b2d'],
    [35, 82, 569, 1333, '0c86cd2a6001073b'],
    [1, 1, 800, 800, '0b68168abed8797a'],
  ])('gives the bytes of OpenCV: %i x %i to %i x %i', (width, height, toWidth, toHeight, hash) => {
    const resized = resizeBilinear(noise(width, height), { width: toWidth, height: toHeight });
    expect(resized).toMatchObject({ width: toWidth, height: toHeight });
    expect(createHash('sha256').update(resized.data).digest('hex')).toMatch(new RegExp(`^${hash}`));
  });

  const side = fc.integer({ min: 1, max: 40 });

  it('leaves a picture alone that has the size already', () => {
    fc.assert(
      fc.property(side, side, (width, height) => {
        const image = noise(width, height);
        expect(resizeBilinear(image, image)).toEqual(image);
      }),
    );
  });

  it('keeps an even colour at any size', () => {
    fc.assert(
      fc.property(side, side, side, side, fc.nat(255), (w, h, width, height, value) => {
        const even = { width: w, height: h, data: new Uint8Array(w * h * 3).fill(value) };
        const { data } = resizeBilinear(even, { width, height });
        expect(data.every((byte) => byte === value)).toBe(true);
      }),
    );
  });
});
