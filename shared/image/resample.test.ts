import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Raster } from './raster.ts';
import { copyPixels } from './read-on-white.ts';
import { pixelsFor, resampleRegion, resampleWeights } from './resample.ts';

const size = fc.record({
  width: fc.integer({ min: 1, max: 40 }),
  height: fc.integer({ min: 1, max: 40 }),
});
const share = fc.double({ min: 0, max: 1, noNaN: true });

test('a part of a picture resamples as the whole does, with weights for that part alone', () => {
  fc.assert(
    fc.property(size, size, fc.tuple(share, share, share, share), (image, level, shares) => {
      const data = Uint8Array.from(
        { length: image.width * image.height * 3 },
        (_, i) => (i * i * 31 + i * 7) % 256,
      );
      const whole: Raster = { ...image, data };
      const x = Math.floor(shares[0] * (level.width - 1));
      const y = Math.floor(shares[1] * (level.height - 1));
      const region = {
        x,
        y,
        width: 1 + Math.floor(shares[2] * (level.width - 1 - x)),
        height: 1 + Math.floor(shares[3] * (level.height - 1 - y)),
      };
      const weights = resampleWeights(image, level, region);
      const area = pixelsFor(weights, region);
      const { width, height } = area;
      const part = { width, height, data: new Uint8Array(width * height * 3) };
      copyPixels(whole, area, part, 0, 0);
      const expected = resampleRegion(whole, resampleWeights(image, level), region);
      expect(resampleRegion(part, weights, region, area)).toEqual(expected);
    }),
  );
});
