import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FLIPS, FlippedSource } from './flipped-source.ts';
import { RasterSource } from './raster-source.ts';

const side = fc.integer({ min: 1, max: 9 });
const images = fc
  .tuple(side, side)
  .chain(([width, height]) =>
    fc
      .uint8Array({ minLength: width * height * 3, maxLength: width * height * 3 })
      .map((data) => ({ width, height, data })),
  );

describe('FlippedSource', () => {
  it('reads what lies behind the mirror, beyond the border too', async () => {
    const corner = fc.integer({ min: -4, max: 9 });
    await fc.assert(
      fc.asyncProperty(
        images,
        fc.record({ x: corner, y: corner, width: side, height: side }),
        fc.constantFrom(...FLIPS),
        async (image, region, flip) => {
          const source = new RasterSource(image, 0.25);
          const flipped = new FlippedSource(source, flip);
          expect(flipped).toMatchObject({
            width: image.width,
            height: image.height,
            mpp: 0.25,
          });
          const seen = await flipped.read(region, image);
          for (let row = 0; row < region.height; row++) {
            for (let column = 0; column < region.width; column++) {
              const [x, y] = [region.x + column, region.y + row];
              const at = {
                x: flip.x ? image.width - 1 - x : x,
                y: flip.y ? image.height - 1 - y : y,
                width: 1,
                height: 1,
              };
              const pixel = await source.read(at, image);
              const start = 3 * (row * region.width + column);
              expect(seen.data.subarray(start, start + 3)).toEqual(pixel.data);
            }
          }
        },
      ),
      { numRuns: 50 },
    );
  });
});
