import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Raster } from '../../../shared/image/raster.ts';
import { RasterSource } from '../../../shared/image/raster-source.ts';
import { BlockCache } from '../bytes/block-cache.ts';
import { blockPixels, type Pixels, rasterCache, rasterPixels } from './pixels.ts';
import { PyramidSlide } from './pyramid-slide.ts';

function image(width: number, height: number): Raster {
  const data = Uint8Array.from(
    { length: width * height * 3 },
    (_, i) => (i * i * 31 + i * 7) % 256,
  );
  return { width, height, data };
}

function slideOf(levels: Pixels[], close = async () => {}): PyramidSlide {
  return new PyramidSlide({
    reader: 'test',
    vendor: undefined,
    mpp: 0.5,
    levels,
    bounds: undefined,
    warnings: [],
    cacheBytes: 1e6,
    fingerprint: async () => '',
    close,
  });
}

/** An image in blocks, as a slide has it in tiles; those at the border are whole blocks. */
function inBlocks(raster: Raster, width: number, height: number): Pixels {
  const source = new RasterSource(raster);
  return blockPixels({
    width: raster.width,
    height: raster.height,
    block: { width, height },
    key: '0',
    cache: rasterCache(1e6),
    load: (column, row) =>
      source.read({ x: column * width, y: row * height, width, height }, raster),
  });
}

describe('a slide', () => {
  const side = fc.integer({ min: 1, max: 60 });
  const size = fc.record({ width: side, height: side });
  const place = fc.integer({ min: -70, max: 70 });

  it('reads as a raster of its pixels does, at any plane, from tiles of any size', async () => {
    await fc.assert(
      fc.asyncProperty(
        size,
        size,
        size,
        fc.tuple(place, place, side, side),
        async (picked, target, block, [x, y, width, height]) => {
          const raster = image(picked.width, picked.height);
          const region = { x, y, width, height };
          const expected = await new RasterSource(raster).read(region, target);
          for (const pixels of [
            rasterPixels(raster),
            inBlocks(raster, block.width, block.height),
          ]) {
            const slide = slideOf([pixels]);
            expect(await slide.read(region, target)).toEqual(expected);
            await slide.close();
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('far too fine for the plane is read in small blocks, to the same pixels', async () => {
    const raster = image(3000, 40);
    const target = { width: 5, height: 2 };
    const region = { x: 1, y: 0, width: 4, height: 2 };
    expect(await slideOf([rasterPixels(raster)]).read(region, target)).toEqual(
      await new RasterSource(raster).read(region, target),
    );
  });

  it.each([
    [100, 0],
    [52, 0],
    // Levels are cut to whole pixels, so one pixel too few is rounding.
    [51, 1],
    [27, 1],
    [26, 2],
    [3, 2],
    [300, 0],
  ])('for a plane of %i columns takes level %i', async (width, expected) => {
    const levels = [100, 50, 25].map((columns, level): Pixels => {
      const data = new Uint8Array(columns * columns * 3).fill(level);
      return rasterPixels({ width: columns, height: columns, data });
    });
    const { data } = await slideOf(levels).read(
      { x: 0, y: 0, width: 1, height: 1 },
      { width, height: width },
    );
    expect(data[0]).toBe(expected);
  });

  it('closes once, after the reads that were begun, and reads no more', async () => {
    const events: string[] = [];
    const slow: Pixels = {
      width: 4,
      height: 4,
      async read(region) {
        await new Promise((resolve) => setTimeout(resolve, 20));
        events.push('read');
        return image(region.width, region.height);
      },
    };
    const slide = slideOf([slow], async () => void events.push('closed'));
    const one = { x: 0, y: 0, width: 1, height: 1 };
    const reading = slide.read(one, slow);
    await Promise.all([slide.close(), slide.close(), reading]);
    expect(events).toEqual(['read', 'closed']);
    await expect(slide.read(one, slow)).rejects.toMatchObject({ code: 'IMAGE_UNREADABLE' });
  });

  it('stops for who gave up, and for nobody else', async () => {
    const slide = slideOf([rasterPixels(image(40, 40))]);
    const target = { width: 20, height: 20 };
    const region = { x: 0, y: 0, width: 20, height: 20 };
    const abort = new AbortController();
    const [given, kept] = [slide.read(region, target, abort.signal), slide.read(region, target)];
    abort.abort();
    await expect(given).rejects.toMatchObject({ code: 'CANCELED' });
    expect((await kept).data).toHaveLength(20 * 20 * 3);
  });
});

describe('a cache of blocks', () => {
  it('makes a block once for all who ask, and keeps what was used last', async () => {
    const cache = new BlockCache<Uint8Array>(30, ({ length }) => length);
    const made: string[] = [];
    const get = (key: string) =>
      cache.get(key, async () => {
        made.push(key);
        return new Uint8Array(10);
      });
    await Promise.all([get('a'), get('a'), get('b')]);
    await get('c');
    await get('a');
    await get('d');
    expect(made).toEqual(['a', 'b', 'c', 'd']);
    await get('a');
    await get('b');
    expect(made).toEqual(['a', 'b', 'c', 'd', 'b']);
  });

  it('does not keep a failure', async () => {
    const cache = new BlockCache<number>(10, () => 1);
    await expect(cache.get('a', () => Promise.reject(new Error('once')))).rejects.toThrow('once');
    expect(await cache.get('a', async () => 7)).toBe(7);
  });
});
