import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Raster } from './raster.ts';
import { RasterSource } from './raster-source.ts';
import type { Region } from './source.ts';

function image(width: number, height: number): Raster {
  const data = new Uint8Array(width * height * 3);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < 3; c++) {
        data[i++] = (x * x * 7 + y * (c + 1) * 13 + x * y * 31) % 256;
      }
    }
  }
  return { width, height, data };
}

function cut(whole: Raster, region: Region): Uint8Array {
  const out = new Uint8Array(region.width * region.height * 3).fill(255);
  for (let y = 0; y < region.height; y++) {
    for (let x = 0; x < region.width; x++) {
      const [sx, sy] = [region.x + x, region.y + y];
      if (sx >= 0 && sy >= 0 && sx < whole.width && sy < whole.height) {
        const from = (sy * whole.width + sx) * 3;
        out.set(whole.data.subarray(from, from + 3), (y * region.width + x) * 3);
      }
    }
  }
  return out;
}

const whole = (width: number, height: number) => ({ x: 0, y: 0, width, height });

// Image.fromarray(image).resize(level, Image.BICUBIC) in Pillow 12.3.0.
const pillow: [number, number, number, number, number[]][] = [
  [
    9,
    6,
    5,
    4,
    // biome-ignore format: numbers
    [9, 13, 17, 63, 67, 71, 148, 99, 102, 178, 185, 189, 145, 148, 153, 54, 75, 102, 123, 142, 166, 153, 82, 104, 147, 115, 138, 121, 160, 170, 96, 139, 138, 178, 104, 135, 103, 128, 173, 82, 117, 165, 148, 107, 65, 131, 120, 126, 141, 146, 100, 113, 116, 183, 175, 53, 114, 222, 15, 82],
  ],
  [
    5,
    3,
    7,
    5,
    // biome-ignore format: numbers
    [0, 0, 0, 1, 0, 0, 8, 7, 6, 22, 21, 20, 45, 42, 41, 78, 85, 84, 105, 124, 123, 3, 7, 11, 12, 16, 20, 28, 31, 35, 51, 55, 59, 90, 101, 105, 137, 96, 100, 169, 67, 70, 11, 24, 37, 31, 44, 57, 64, 77, 90, 103, 116, 129, 149, 180, 193, 209, 109, 122, 254, 0, 9, 19, 41, 63, 50, 72, 94, 106, 128, 150, 155, 177, 199, 90, 120, 142, 116, 93, 115, 184, 100, 120, 23, 50, 77, 61, 88, 115, 130, 157, 184, 184, 211, 238, 45, 70, 97, 46, 81, 108, 127, 174, 202],
  ],
  [
    40,
    2,
    6,
    2,
    // biome-ignore format: numbers
    [85, 85, 85, 146, 146, 146, 138, 138, 138, 130, 130, 130, 141, 141, 141, 124, 124, 124, 125, 101, 114, 146, 116, 129, 76, 46, 59, 131, 108, 124, 139, 156, 141, 175, 148, 145],
  ],
  [
    3,
    24,
    3,
    5,
    // biome-ignore format: numbers
    [26, 54, 90, 101, 112, 105, 140, 112, 124, 86, 162, 125, 121, 121, 141, 130, 131, 122, 151, 77, 150, 129, 126, 109, 121, 144, 114, 209, 162, 133, 137, 116, 140, 126, 161, 108, 70, 87, 101, 157, 131, 112, 157, 135, 101],
  ],
];

describe('a raster as a source', () => {
  test.each(pillow)('%i x %i at %i x %i equals Pillow', async (w, h, pw, ph, expected) => {
    const read = await new RasterSource(image(w, h)).read(whole(pw, ph), {
      width: pw,
      height: ph,
    });
    expect([...read.data]).toEqual(expected);
  });

  test('at its own size it is the picture itself', async () => {
    const raster = image(7, 5);
    expect((await new RasterSource(raster).read(whole(7, 5), raster)).data).toEqual(raster.data);
  });

  test('shrinking averages a fine pattern instead of aliasing it', async () => {
    const data = new Uint8Array(64 * 64 * 3).map((_, i) => (Math.floor(i / 3) % 2) * 255);
    const read = await new RasterSource({ width: 64, height: 64, data }).read(whole(24, 24), {
      width: 24,
      height: 24,
    });
    const middle = cut(read, { x: 4, y: 4, width: 16, height: 16 });
    expect(Math.min(...middle)).toBeGreaterThan(110);
    expect(Math.max(...middle)).toBeLessThan(145);
  });

  test('every region is a cut of the whole plane, with white outside', async () => {
    const size = fc.integer({ min: 1, max: 40 });
    const place = fc.integer({ min: -50, max: 50 });
    await fc.assert(
      fc.asyncProperty(
        fc.tuple(size, size),
        fc.tuple(size, size),
        fc.record({ x: place, y: place, width: size, height: size }),
        async ([width, height], [levelWidth, levelHeight], region) => {
          const source = new RasterSource(image(width, height));
          const level = { width: levelWidth, height: levelHeight };
          const all = await source.read(whole(levelWidth, levelHeight), level);
          const part = await source.read(region, level);
          expect(part).toMatchObject({ width: region.width, height: region.height });
          expect(part.data).toEqual(cut(all, region));
        },
      ),
    );
  });

  test('planes may alternate', async () => {
    const source = new RasterSource(image(9, 6));
    const [small, large] = [
      { width: 5, height: 4 },
      { width: 12, height: 8 },
    ];
    const first = await source.read(whole(5, 4), small);
    await source.read(whole(12, 8), large);
    expect(await source.read(whole(5, 4), small)).toEqual(first);
  });

  test.each([
    [{ width: 0, height: 5, data: new Uint8Array() }],
    [{ width: 2, height: 2, data: new Uint8Array(11) }],
    [{ width: 2.5, height: 2, data: new Uint8Array(15) }],
    [{ width: Number.NaN, height: 2, data: new Uint8Array() }],
  ])('a raster whose bytes do not fit is unreadable: %j', (raster) => {
    expect(() => new RasterSource(raster)).toThrow(
      expect.objectContaining({ code: 'IMAGE_UNREADABLE' }),
    );
  });

  test.each([
    [{ x: 0.5, y: 0, width: 2, height: 2 }],
    [{ x: 0, y: Number.NaN, width: 2, height: 2 }],
    [{ x: 0, y: 0, width: 0, height: 2 }],
    [{ x: 0, y: 0, width: 2, height: -2 }],
  ])('a region that is none is refused: %j', async (region) => {
    const source = new RasterSource(image(4, 4));
    await expect(source.read(region, { width: 4, height: 4 })).rejects.toMatchObject({
      code: 'INVALID_OPTIONS',
    });
  });

  test('a canceled read stops', async () => {
    const source = new RasterSource(image(4, 4));
    const read = source.read(whole(4, 4), { width: 4, height: 4 }, AbortSignal.abort('enough'));
    await expect(read).rejects.toMatchObject({ code: 'CANCELED', cause: 'enough' });
  });
});
