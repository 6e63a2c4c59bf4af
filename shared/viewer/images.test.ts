import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UniCellError } from '../errors.ts';
import { DEEP_ZOOM_TILE_PX, deepZoomTile, lastLevel } from './deep-zoom.ts';
import { iiifInfo } from './iiif-info.ts';
import { MAX_PICTURE_PX, parseIiif, parseRegion, parseSize } from './iiif-request.ts';

const sizes = fc.record({
  width: fc.integer({ min: 1, max: 200_000 }),
  height: fc.integer({ min: 1, max: 200_000 }),
});
const ask = (region: string, size: string, rotation = '0', file = 'default.jpg') =>
  parseIiif({ width: 3000, height: 2000 }, { region, size, rotation, file });

describe('DeepZoom', () => {
  it('covers every level with tiles that do not overlap', () => {
    fc.assert(
      fc.property(sizes, fc.nat(18), (slide, below) => {
        const level = Math.max(0, lastLevel(slide) - below);
        const { level: target } = deepZoomTile(slide, level, 0, 0);
        const columns = Math.ceil(target.width / DEEP_ZOOM_TILE_PX);
        const rows = Math.ceil(target.height / DEEP_ZOOM_TILE_PX);
        const { region } = deepZoomTile(slide, level, columns - 1, rows - 1);
        expect(region.x + region.width).toBe(target.width);
        expect(region.y + region.height).toBe(target.height);
        expect(() => deepZoomTile(slide, level, columns, 0)).toThrow(UniCellError);
        expect(() => deepZoomTile(slide, level, 0, rows)).toThrow(UniCellError);
      }),
    );
  });

  it('ends with the slide itself and begins with one pixel', () => {
    const slide = { width: 3000, height: 2000 };
    expect(deepZoomTile(slide, 12, 5, 3)).toEqual({
      level: slide,
      region: { x: 2560, y: 1536, width: 440, height: 464 },
    });
    expect(deepZoomTile(slide, 0, 0, 0).level).toEqual({ width: 1, height: 1 });
    expect(() => deepZoomTile(slide, 13, 0, 0)).toThrow(/levels are 0 to 12/);
  });
});

describe('IIIF', () => {
  it.each([
    ['full', { x: 0, y: 0, width: 3000, height: 2000 }],
    ['square', { x: 500, y: 0, width: 2000, height: 2000 }],
    ['10,20,30,40', { x: 10, y: 20, width: 30, height: 40 }],
    ['2990,1990,30,40', { x: 2990, y: 1990, width: 10, height: 10 }],
    ['pct:50,50,25.5,10', { x: 1500, y: 1000, width: 765, height: 200 }],
  ])('takes the region %s', (text, region) => {
    expect(parseRegion({ width: 3000, height: 2000 }, text)).toEqual(region);
  });

  it.each([
    ['max', { width: 400, height: 300 }],
    ['200,', { width: 200, height: 150 }],
    [',150', { width: 200, height: 150 }],
    ['pct:25', { width: 100, height: 75 }],
    ['20,300', { width: 20, height: 300 }],
    ['!200,200', { width: 200, height: 150 }],
    ['^800,', { width: 800, height: 600 }],
    ['^max', { width: 4096, height: 3072 }],
    ['^!800,800', { width: 800, height: 600 }],
    ['!800,800', { width: 400, height: 300 }],
  ])('takes the size %s', (text, size) => {
    expect(parseSize({ width: 400, height: 300 }, text)).toEqual(size);
  });

  it.each([
    ['region', ['3000,0,1,1', 'max']],
    ['region', ['0,0,0,5', 'max']],
    ['region', ['-1,0,5,5', 'max']],
    ['region', ['1.5,0,5,5', 'max']],
    ['region', ['0,0,5', 'max']],
    ['region', ['pct:0,0,0,0', 'max']],
    ['size', ['full', '']],
    ['size', ['full', ',']],
    ['size', ['full', '0,5']],
    ['size', ['full', '3001,']],
    ['size', ['full', 'pct:101']],
    ['size', ['full', '^5000,']],
    ['size', ['full', '!5,']],
    ['rotation', ['full', 'max', '45']],
    ['quality', ['full', 'max', '0', 'bitonal.jpg']],
    ['format', ['full', 'max', '0', 'default.tif']],
    ['format', ['full', 'max', '0', 'default']],
  ] as [string, [string, string, string?, string?]][])('refuses a bad %s: %j', (segment, asked) => {
    expect(() => ask(...asked)).toThrow(new RegExp(`^The ${segment} of the IIIF URL`));
  });

  it('says how the picture is turned, mirrored and coloured', () => {
    expect(ask('full', '300,', '!90', 'gray.png')).toEqual({
      level: { width: 300, height: 200 },
      region: { x: 0, y: 0, width: 300, height: 200 },
      rotation: 90,
      isMirrored: true,
      isGrey: true,
      format: 'png',
    });
  });

  it('never asks for pixels outside of the slide, nor for too many, whatever the text', () => {
    const number = fc.integer({ min: 0, max: 250_000 });
    const regions = fc.oneof(
      fc.constantFrom('full', 'square'),
      fc.tuple(number, number, number, number).map((list) => list.join()),
      fc.string(),
    );
    const wanted = fc.oneof(
      fc.constantFrom('max', '^max'),
      number.map((width) => `${width},`),
      number.map((height) => `^,${height}`),
      fc.tuple(number, number).map(([w, h]) => `^${w},${h}`),
      fc.string(),
    );
    fc.assert(
      fc.property(sizes, regions, wanted, (slide, region, size) => {
        let asked: ReturnType<typeof parseIiif>;
        try {
          asked = parseIiif(slide, { region, size, rotation: '0', file: 'default.jpg' });
        } catch (error) {
          expect(error).toBeInstanceOf(UniCellError);
          return;
        }
        const { level: target, region: part } = asked;
        for (const [start, length, whole] of [
          [part.x, part.width, target.width],
          [part.y, part.height, target.height],
        ] as const) {
          expect(Number.isInteger(start) && start >= 0 && length >= 1).toBe(true);
          expect(start + length).toBeLessThanOrEqual(whole);
          expect(length).toBeLessThanOrEqual(MAX_PICTURE_PX);
        }
      }),
    );
  });

  it('offers tiles and sizes that its own parser takes', () => {
    fc.assert(
      fc.property(sizes, (slide) => {
        const info = iiifInfo(slide, 'https://host/image');
        const { sizes: offered } = info as { sizes: { width: number; height: number }[] };
        for (const { width, height } of offered) {
          expect(parseSize(slide, `${width},${height}`)).toEqual({ width, height });
        }
      }),
    );
  });
});
