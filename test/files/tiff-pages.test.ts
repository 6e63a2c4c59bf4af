/** TIFF files as tifffile writes them: samples of 12 bits, colours in pages, and pages that are not the picture. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { syntheticField } from '../../src-gpu/demo/synthetic/field.ts';
import { openImage } from '../../src-gpu/slides/open-image.ts';
import { type OpenSlideOptions, openSlide } from '../../src-gpu/slides/open-slide.ts';
import { difference } from '../support/libtiff.ts';
import { pythonWith } from '../support/python-files.ts';
import { tempFolder } from '../support/temp-folder.ts';

const python = pythonWith(['imagecodecs', 'numpy', 'tifffile'], 'no TIFF of tifffile is read');
const script = fileURLToPath(new URL('write-tiffs.py', import.meta.url));
const folder = tempFolder();
const [width, height] = [150, 130];
const { raster: field } = syntheticField({ width, height, mpp: 0.5 });

async function open(name: string, options: OpenSlideOptions = {}) {
  const slide = await openSlide(join(folder, name), options);
  const all = { x: 0, y: 0, width: slide.width, height: slide.height };
  const { data } = await slide.read(all, slide);
  await slide.close();
  return { ...slide, width: slide.width, data, codes: slide.warnings.map(({ code }) => code) };
}

describe.skipIf(!python)('a TIFF of tifffile', () => {
  beforeAll(() => {
    const raw = join(folder, 'field.raw');
    writeFileSync(raw, field.data);
    python!(script, raw, String(width), String(height), folder);
  });

  const layouts = ['tile', 'strip'].flatMap((layout) =>
    ['none', 'zstd', 'deflate'].map((packed) => `${layout}_${packed}`),
  );

  it.each(layouts)('with 12 bits in 16, %s', async (layout) => {
    for (const end of ['_max.tif', '.ome.tif']) {
      const { data, codes } = await open(`bits12_${layout}${end}`);
      expect(difference(data, field.data).most).toBeLessThanOrEqual(1);
      expect(codes).toEqual([]);
    }
    expect((await open(`bits12_${layout}_unsaid.tif`)).codes).toEqual(['RANGE_HARDLY_USED']);
    const whole = await open(`bits16_${layout}.tif`);
    expect(whole.data).toEqual(field.data);
    expect(whole.codes).toEqual([]);
  });

  it('with 12 bits in 16, grey, half transparent, and in pages', async () => {
    const grey = await open('bits12_grey.tif');
    const green = field.data.map((_, i) => field.data[i - (i % 3) + 1]!);
    expect(difference(grey.data, green).most).toBeLessThanOrEqual(1);
    const { data } = await open('bits12_alpha.tif');
    const half = field.data.map((value) => 255 + (value - 255) * (2047 / 4095));
    expect(difference(data, half).most).toBeLessThanOrEqual(1);
    const pages = await open('pages_12in16.ome.tif');
    expect(difference(pages.data, field.data).most).toBeLessThanOrEqual(1);
  });

  it.each([
    ...['names', 'colours', 'shuffled'].flatMap((name) => [
      `pages_${name}_tile.ome.tif`,
      `pages_${name}_strip.ome.tif`,
    ]),
    ...['composite', 'luts'].flatMap((name) => [
      `imagej_${name}_little.tif`,
      `imagej_${name}_big.tif`,
    ]),
    'imagej_stack.tif',
    'pages_pyramid.ome.tif',
  ])('whose header says which page is red, green and blue: %s', async (name) => {
    const { data, codes, levels } = await open(name);
    expect(data).toEqual(field.data);
    expect(codes).toEqual([]);
    expect(levels).toHaveLength(name === 'pages_pyramid.ome.tif' ? 2 : 1);
  });

  it.each([
    ...['unsaid', 'stains', 'glowing'].flatMap((name) => [
      `pages_${name}_tile.ome.tif`,
      `pages_${name}_strip.ome.tif`,
    ]),
    ...['magenta', 'grey'].map((name) => `imagej_${name}_big.tif`),
  ])('is refused when the header does not: %s', async (name) => {
    await expect(openImage(join(folder, name))).rejects.toMatchObject({
      code: 'IMAGE_UNSUPPORTED',
      message: expect.stringMatching(/3 channels in pages of their own.*red, green and blue/),
    });
  });

  it.each([
    'first_thumbnail.tif',
    'first_thumbnail_strips.tif',
    'first_old_thumbnail.tif',
    'first_label.tif',
  ])('whose first page is not the picture: %s', async (name) => {
    const { data, codes, levels } = await open(name);
    expect(data).toEqual(field.data);
    expect(codes).toEqual([]);
    expect(levels).toHaveLength(name === 'first_thumbnail.tif' ? 2 : 1);
  });

  it('with several images, of which one is read and the others are named', async () => {
    const ome = await open('images.ome.tif');
    expect(ome.data).toEqual(field.data);
    expect([ome.mpp, ome.codes]).toEqual([0.5, ['SERIES_NOT_READ']]);
    expect(ome.warnings[0]!.detail).toMatch(/1 "one".* is read, and not 2 "two" \(75 x 65/);
    const two = await open('images.ome.tif', { series: 2 });
    expect([two.width, two.mpp, two.codes]).toEqual([75, 1, ['SERIES_NOT_READ']]);
    await expect(open('images.ome.tif', { series: 0 })).rejects.toMatchObject({
      code: 'INVALID_OPTIONS',
      message: expect.stringMatching(/no image 0 to read; it has 1 "one".*Labels, macros/),
    });
    const smaller = await open('larger_second.tif');
    expect([smaller.width, smaller.codes]).toEqual([75, ['SERIES_NOT_READ']]);
    const larger = await open('larger_second.tif', { series: 1 });
    expect([larger.width, larger.codes]).toEqual([150, []]);
  });
});

it('a PNG with 12 bits in 16 says that it hardly uses its range', async () => {
  const samples = new Uint16Array(width * height * 3).map((_, i) => field.data[i]! * 16);
  const png = sharp(samples, { raw: { width, height, channels: 3 } })
    .toColourspace('rgb16')
    .png();
  const path = join(folder, 'bits12.png');
  writeFileSync(path, await png.toBuffer());
  const { warnings } = await openImage(path);
  expect(warnings).toMatchObject([{ code: 'RANGE_HARDLY_USED' }]);
});

const cases = join(import.meta.dirname, '../../../shared/cases');
const hasCases = existsSync(cases);
if (!hasCases) console.warn('SKIPPED: no ../shared/cases with files that people have.');

describe.skipIf(!hasCases)('a file that people have', () => {
  it.each(['mp_thumb_first_subfile1.tif', 'series_macro_first2.ome.tif', 'strip_zstd.tif'])(
    'is the picture that it was made from: %s',
    async (name) => {
      const seen = await openImage(join(cases, name));
      const right = await openImage(join(cases, 'p_ref.png'));
      expect(seen.raster.data).toEqual(right.raster.data);
      expect(seen.source.mpp).toBe(0.5);
    },
  );

  it('is refused or warned of by name', async () => {
    await expect(openImage(join(cases, 'ch3_strip.ome.tif'))).rejects.toMatchObject({
      code: 'IMAGE_UNSUPPORTED',
    });
    const { warnings } = await openImage(join(cases, 'tile_12in16.tif'));
    expect(warnings).toMatchObject([{ code: 'RANGE_HARDLY_USED' }]);
  });
});
