import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import type { Raster } from '../../shared/image/raster.ts';
import { RasterSource } from '../../shared/image/raster-source.ts';
import { openSlide } from './open-slide.ts';
import { findOpenSlide } from './openslide/library.ts';
import { openWithOpenSlide } from './openslide/open-openslide.ts';
import { openSlideFile } from './slide-file.ts';
import { openTiffSlide } from './tiff/open-tiff.ts';

const folder = new URL('../../../shared/slides/', import.meta.url);
const haveSlides = existsSync(folder);
if (!haveSlides) console.warn('Skipped: ../shared/slides is absent, no real slide is read.');
const pathOf = (name: string) => fileURLToPath(new URL(name, folder));

const cmu = pathOf('cmu-1-small-region.svs');
const tcga = pathOf('tcga-cr-7395-01a-01-ts1.svs');
const instanseg = pathOf('instanseg_HE_example.tif');

const openSlideLibrary = await findOpenSlide();
if (!openSlideLibrary) {
  console.warn('Skipped: OpenSlide is not installed, nothing is compared with it.');
}

const cacheBytes = 64e6;
const noFetch = () => Promise.reject(new Error('The network was asked.'));

/** Mean and largest difference of two images of one size. */
function difference(a: Raster, b: Raster): { mean: number; largest: number } {
  expect([a.width, a.height]).toEqual([b.width, b.height]);
  let [sum, largest] = [0, 0];
  for (const [i, value] of a.data.entries()) {
    const distance = Math.abs(value - b.data[i]!);
    sum += distance;
    largest = Math.max(largest, distance);
  }
  return { mean: sum / a.data.length, largest };
}

async function decodedBySharp(path: string): Promise<Raster> {
  const { data, info } = await sharp(path, { page: 0 }).raw().toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data: new Uint8Array(data) };
}

describe.skipIf(!haveSlides)('real slides', () => {
  it.each([
    [cmu, { width: 2220, height: 2967, mpp: 0.499, vendor: 'aperio', reader: 'tiff' }, 1],
    [instanseg, { width: 1380, height: 1484, vendor: 'ome', reader: 'tiff' }, 1],
    [tcga, { width: 4443, height: 3567, mpp: undefined, vendor: 'aperio' }, 2],
  ])('%s opens with what its header says', async (path, expected, levels) => {
    const slide = await openSlide(path);
    expect(slide).toMatchObject(expected);
    expect(slide.levels).toHaveLength(levels);
    expect(slide.bounds).toBeUndefined();
    await slide.close();
  });

  it('the resolution of an OME-TIFF', async () => {
    const slide = await openSlide(instanseg);
    expect(slide.mpp).toBeCloseTo(0.50008, 5);
    await slide.close();
  });

  it.each([cmu, instanseg])('%s: each pixel as libvips decodes it', async (path) => {
    const slide = await openSlide(path);
    const read = await slide.read({ x: 0, y: 0, ...slide }, slide);
    expect(difference(read, await decodedBySharp(path)).largest).toBe(0);
    await slide.close();
  });

  it.each([0.37, 0.998, 1.6])('windows at scale %d equal those of the whole', async (scale) => {
    const slide = await openSlide(cmu);
    const source = new RasterSource(await decodedBySharp(cmu));
    const target = {
      width: Math.round(slide.width * scale),
      height: Math.round(slide.height * scale),
    };
    const windows = Array.from({ length: 24 }, (_, i) => ({
      x: ((i * 7919) % target.width) - 60,
      y: ((i * 104_729) % target.height) - 60,
      width: 200,
      height: 150,
    }));
    const [read, expected] = await Promise.all(
      [slide, source].map((one) => Promise.all(windows.map((window) => one.read(window, target)))),
    );
    expect(read).toEqual(expected);
    await slide.close();
  });

  it('JPEG 2000, from the level that a plane asks for, without a shift', async () => {
    const slide = await openSlide(tcga);
    const target = { width: 1110, height: 891 };
    const region = { x: 300, y: 200, width: 200, height: 200 };
    const fromCoarse = await slide.read(region, target);
    const whole = await slide.read({ x: 0, y: 0, ...slide }, slide);
    const fromFine = (x: number) => new RasterSource(whole).read({ ...region, x }, target);
    const aligned = difference(fromCoarse, await fromFine(300)).mean;
    for (const x of [299, 301]) {
      expect(difference(fromCoarse, await fromFine(x)).mean).toBeGreaterThan(2 * aligned);
    }
    await slide.close();
  });
});

describe.skipIf(!haveSlides || !openSlideLibrary)('beside OpenSlide', () => {
  it.each([
    ['JPEG', cmu, 2],
    ['JPEG 2000', tcga, 0],
  ])('%s tiles decode alike', async (_codec, path, tolerance) => {
    const ours = await openTiffSlide(await openSlideFile(path, noFetch), cacheBytes);
    const theirs = await openWithOpenSlide(await openSlideFile(path, noFetch), cacheBytes);
    expect(theirs.levels).toEqual(ours.levels);
    expect(theirs.mpp).toBe(ours.mpp);
    expect(theirs.vendor).toBe(ours.vendor);
    expect(await theirs.fingerprint()).toBe(await ours.fingerprint());
    const region = { x: 700, y: 500, width: 700, height: 700 };
    const [a, b] = await Promise.all([ours.read(region, ours), theirs.read(region, ours)]);
    const { mean, largest } = difference(a, b);
    expect(mean).toBeLessThan(0.2);
    expect(largest).toBeLessThanOrEqual(tolerance);
    await Promise.all([ours.close(), theirs.close()]);
  });

  it('reads go on beside each other, and closing waits for them', async () => {
    const slide = await openWithOpenSlide(await openSlideFile(cmu, noFetch), cacheBytes);
    const reads = Array.from({ length: 120 }, (_, i) =>
      slide.read({ x: (i * 97) % 1900, y: (i * 131) % 2600, width: 64, height: 64 }, slide),
    );
    const closed = slide.close();
    expect((await Promise.all(reads)).every(({ data }) => data.length === 64 * 64 * 3)).toBe(true);
    await closed;
    await expect(slide.read({ x: 0, y: 0, width: 1, height: 1 }, slide)).rejects.toMatchObject({
      code: 'IMAGE_UNREADABLE',
    });
  });
});
