/** OME-Zarr as zarr and ome-zarr of Python write it, against the pixels that went in. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { syntheticField } from '../../src-gpu/demo/synthetic/field.ts';
import { openSlide } from '../../src-gpu/slides/open-slide.ts';
import { pythonWith } from '../support/python-files.ts';
import { tempFolder } from '../support/temp-folder.ts';

const python = pythonWith(['numcodecs', 'ome_zarr', 'zarr'], 'no OME-Zarr of Python is read');
const script = fileURLToPath(new URL('write-zarr.py', import.meta.url));
const isDeep = new Set(['deep', 'sharded16']);
const [width, height] = [700, 540];
const { raster: field } = syntheticField({ width, height, mpp: 0.5 });

describe.skipIf(!python)('OME-Zarr of Python', () => {
  const folder = tempFolder();
  beforeAll(() => {
    const raw = join(folder, 'field.raw');
    writeFileSync(raw, field.data);
    python!(script, raw, String(width), String(height), folder);
  });

  it.each([
    'blosc',
    'blosczstd',
    'dots',
    'lz4',
    'none',
    'fortran',
    'deep',
    'zstd',
    'gzip',
    'blosc5',
    'sharded',
    'sharded16',
  ])('%s is read to the bit, at both levels', async (name) => {
    const slide = await openSlide(join(folder, `${name}.zarr`));
    expect(slide).toMatchObject({ reader: 'zarr', width, height, mpp: 0.5 });
    expect(slide.levels).toEqual([
      { width, height, downsample: 1 },
      { width: width / 2, height: height / 2, downsample: 2 },
    ]);
    expect(slide.warnings.map(({ code }) => code)).toEqual(['CHANNELS_ASSUMED']);
    const { data } = await slide.read({ x: 0, y: 0, width, height }, slide);
    expect(Buffer.compare(data, field.data)).toBe(0);
    const level = { width: width / 2, height: height / 2 };
    const coarse = await slide.read({ x: 0, y: 0, ...level }, level);
    const halved = isDeep.has(name) ? 'coarse16.raw' : 'coarse8.raw';
    expect(Buffer.compare(coarse.data, readFileSync(join(folder, halved)))).toBe(0);
    expect(await slide.fingerprint()).toMatch(/^[\da-f]{64}$/);
    await slide.close();
  });

  it.each(['own4', 'own5'])('%s, as ome-zarr writes by itself, has no unit', async (name) => {
    const slide = await openSlide(join(folder, `${name}.ome.zarr`));
    expect(slide).toMatchObject({ width, height, mpp: undefined });
    expect(slide.levels.map(({ downsample }) => downsample)).toEqual([1, 2, 4]);
    const { data } = await slide.read({ x: 0, y: 0, width, height }, slide);
    expect(Buffer.compare(data, field.data)).toBe(0);
    await slide.close();
  });

  it('grey is read as grey, with a warning', async () => {
    const slide = await openSlide(join(folder, 'grey.zarr'));
    expect(slide.warnings).toMatchObject([{ code: 'NO_COLOUR' }]);
    const { data } = await slide.read({ x: 5, y: 7, width: 1, height: 1 }, slide);
    const [red, green, blue] = field.data.subarray((7 * width + 5) * 3);
    const mean = Math.floor((red! + green! + blue!) / 3);
    expect([...data]).toEqual([mean, mean, mean]);
    await slide.close();
  });

  it('of several images the first that is no macro is read, or the one that is asked for', async () => {
    const path = join(folder, 'several.zarr');
    const first = await openSlide(path);
    expect(first).toMatchObject({ width, height });
    expect(first.warnings).toMatchObject([
      { code: 'SERIES_NOT_READ', detail: expect.stringMatching(/1 "first" is read.*2 "second"/) },
    ]);
    const { data } = await first.read({ x: 0, y: 0, width, height }, first);
    expect(Buffer.compare(data, field.data)).toBe(0);
    await first.close();
    const second = await openSlide(path, { series: 2 });
    expect(second).toMatchObject({ width: width - 20, height: height - 10 });
    await second.close();
    await expect(openSlide(path, { series: 0 })).rejects.toMatchObject({
      code: 'INVALID_OPTIONS',
      message: expect.stringMatching(/no image 0 to read; it has 1 "first", 2 "second"/),
    });
    // The group of one image is a Zarr as well.
    const group = await openSlide(join(path, '2'));
    expect(group.width).toBe(width - 20);
    await group.close();
  });
});
