import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { brcaM2c } from '../../shared/datasets/brca-m2c.ts';
import { consep } from '../../shared/datasets/consep.ts';
import { crchisto } from '../../shared/datasets/crchisto.ts';
import { ocelot } from '../../shared/datasets/ocelot.ts';
import type { Raster } from '../../shared/image/raster.ts';
import { RasterSource } from '../../shared/image/raster-source.ts';
import { tissueMask } from '../../shared/tissue/tissue-mask.ts';
import { syntheticField } from '../../src-gpu/demo/synthetic/field.ts';
import { readDataFolder } from '../../src-gpu/labelled-data/data-folder.ts';
import { openImage } from '../../src-gpu/slides/open-image.ts';
import { openSlide } from '../../src-gpu/slides/open-slide.ts';

type Colour = readonly [number, number, number];

/** An image of one colour with a little noise. */
function plain(width: number, height: number, colour: Colour, noise = 2): Raster {
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < data.length; i++) {
    data[i] = Math.min(255, colour[i % 3]! + (((i * 7919) >> 5) % (2 * noise + 1)) - noise);
  }
  return { width, height, data };
}

/** Mixes the colours with white, as less stain does nearly. */
function faded({ width, height, data }: Raster, share: number): Raster {
  return { width, height, data: data.map((value) => Math.round(255 - (255 - value) * share)) };
}

const glasses: Colour[] = [
  [255, 255, 255],
  [243, 243, 243],
  [236, 231, 235],
  [231, 226, 232],
  [215, 213, 210],
];

describe('a tissue mask', () => {
  test.each(glasses)('is empty on blank glass of colour %d, %d, %d', async (...colour) => {
    const mask = await tissueMask(new RasterSource(plain(1500, 1100, colour), 0.5));
    expect(mask.fraction).toBe(0);
    expect(mask.covers({ x: 0, y: 0, width: 1500, height: 1100 }, mask)).toBe(false);
  });

  test('is full on a picture of nothing but tissue, however pale, and without colour', async () => {
    const { raster } = syntheticField({ width: 1024, height: 1024, mpp: 0.5 });
    const grey = raster.data.map((_, i) => raster.data[i - (i % 3) + 1]!);
    for (const image of [raster, faded(raster, 0.4), { ...raster, data: grey }]) {
      expect((await tissueMask(new RasterSource(image, 0.5))).fraction).toBeGreaterThan(0.99);
    }
  });

  test('keeps a small piece on much glass, with a margin, and skips the rest', async () => {
    const image = plain(4000, 3000, [240, 238, 240]);
    for (let y = 1000; y < 1060; y++) {
      for (let x = 2000; x < 2060; x++) image.data.set([225, 190, 215], (y * 4000 + x) * 3);
    }
    const mask = await tissueMask(new RasterSource(image, 0.5));
    const around = (x: number, y: number) => mask.covers({ x, y, width: 1, height: 1 }, image);
    expect([around(2000, 1000), around(2059, 1059), around(1960, 1030)]).toEqual([
      true,
      true,
      true,
    ]);
    expect([around(1800, 1030), around(2300, 1030), around(2030, 1400)]).toEqual([
      false,
      false,
      false,
    ]);
    expect(mask.fraction).toBeLessThan(0.01);
  });

  test('covers a rectangle wherever it covers a pixel of it, on any plane', async () => {
    const image = plain(640, 480, [240, 238, 240]);
    for (let i = 0; i < 640; i++) {
      for (let y = 0; y < 8; y++) image.data.set([200, 120, 180], ((y * 60 + 20) * 640 + i) * 3);
    }
    const mask = await tissueMask(new RasterSource(image, 8));
    const at = fc.integer({ min: -10, max: 320 });
    const length = fc.integer({ min: 1, max: 60 });
    fc.assert(
      fc.property(at, at, length, length, (x, y, width, height) => {
        const level = { width: 320, height: 240 };
        let isSet = false;
        for (let row = Math.max(0, 2 * y); row < Math.min(480, 2 * (y + height)); row++) {
          for (let column = Math.max(0, 2 * x); column < Math.min(640, 2 * (x + width)); column++) {
            isSet ||= mask.data[row * mask.width + column] === 1;
          }
        }
        expect(mask.covers({ x, y, width, height }, level)).toBe(isSet);
      }),
    );
  });

  test('has its fraction in parts that make up the level', async () => {
    const image = plain(640, 480, [240, 238, 240]);
    for (let i = 100; i < 300; i++) {
      for (let y = 200; y < 330; y++) image.data.set([200, 120, 180], (y * 640 + i) * 3);
    }
    const mask = await tissueMask(new RasterSource(image, 4));
    expect(mask.fraction).toBeGreaterThan(0.08);
    const cut = fc.double({ min: 0, max: 1000, noNaN: true });
    fc.assert(
      fc.property(cut, cut, (x, y) => {
        const level = { width: 1000, height: 1000 };
        let sum = 0;
        for (const [left, width] of [
          [0, x],
          [x, 1000 - x],
        ] as const) {
          for (const [top, height] of [
            [0, y],
            [y, 1000 - y],
          ] as const) {
            const part = mask.fractionIn({ x: left, y: top, width, height }, level);
            expect(part).toBeLessThan(mask.fraction + 1e-9);
            sum += part;
          }
        }
        expect(sum).toBeCloseTo(mask.fraction, 9);
      }),
    );
    const glass = { x: 0, y: 0, width: 100, height: 1000 };
    expect(mask.fractionIn(glass, { width: 1000, height: 1000 })).toBe(0);
  });

  test('stops when it is canceled', async () => {
    const source = new RasterSource(plain(64, 64, [200, 100, 150]), 0.5);
    await expect(tissueMask(source, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'CANCELED',
    });
  });
});

const slides = new URL('../../../shared/slides/', import.meta.url);
const haveSlides = existsSync(slides);
if (!haveSlides) console.warn('Skipped: ../shared/slides is absent, no real slide is masked.');

test.skipIf(!haveSlides).each([
  ['cmu-1-small-region.svs', 0.57],
  ['tcga-cr-7395-01a-01-ts1.svs', 0.72],
  ['instanseg_HE_example.tif', 0.91],
])('the tissue of %s is about %d of it', async (name, fraction) => {
  const slide = await openSlide(fileURLToPath(new URL(name, slides)));
  expect((await tissueMask(slide)).fraction).toBeCloseTo(fraction, 1);
  await slide.close();
});

const data = fileURLToPath(new URL('../../../shared/data/', import.meta.url));
const haveData = existsSync(data);
if (!haveData)
  console.warn('Skipped: ../shared/data is absent, no labelled nuclei are looked for.');

/** Every so many images of a dataset are looked at. */
const STEP = 5;

test.skipIf(!haveData).each([brcaM2c, consep, crchisto, ocelot])(
  'no labelled nucleus of $id lies outside the tissue',
  async (dataset) => {
    const images = await readDataFolder(data, dataset, undefined);
    let [nuclei, outside] = [0, 0];
    for (let i = 0; i < images.length; i += STEP) {
      const { path, mpp, truth } = images[i]!;
      const { raster } = await openImage(path);
      const mask = await tissueMask(new RasterSource(raster, mpp));
      for (const [k, x] of truth.x.entries()) {
        const inside = (value: number, size: number) => Math.min(size - 1, Math.max(0, value | 0));
        const place = { x: inside(x, raster.width), y: inside(truth.y[k]!, raster.height) };
        nuclei += 1;
        outside += Number(!mask.covers({ ...place, width: 1, height: 1 }, raster));
      }
    }
    expect(nuclei).toBeGreaterThan(100);
    expect(outside).toBe(0);
  },
);
