import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import sharp, { type TiffOptions } from 'sharp';
import { describe, expect, it } from 'vitest';
import { tempFolder } from '../../test/support/temp-folder.ts';
import { headerMpp } from './header-mpp.ts';
import { openImage } from './open-image.ts';
import { readTiffTags } from './tiff-tags.ts';

const folder = tempFolder();

/** A TIFF whose resolution tags say `xres` pixels per mm. */
function tiff(xres: number, options: TiffOptions = {}) {
  const picture = sharp({ create: { width: 8, height: 8, channels: 3, background: '#fff' } });
  return picture.tiff({ xres, yres: xres, resolutionUnit: 'cm', ...options }).toBuffer();
}

describe('headerMpp', () => {
  const unit = { resolutionUnit: 'none' } as const;

  it('reads Aperio, OME-XML and ImageJ descriptions', () => {
    const says = (description: string, xResolution?: number) =>
      headerMpp({ ...unit, description, ...(xResolution && { xResolution }) });
    expect(says('Aperio Image Library v11|AppMag = 20|MPP = 0.4990|Left = 25')).toBe(0.499);
    expect(says('<OME><Pixels SizeX="8" PhysicalSizeX="0.25"/></OME>')).toBe(0.25);
    expect(says('<o:Pixels PhysicalSizeX="500" PhysicalSizeXUnit="nm" SizeX="8">')).toBe(0.5);
    expect(says('<Pixels PhysicalSizeX="0.0005" PhysicalSizeXUnit="mm">')).toBe(0.5);
    expect(says('ImageJ=1.54f\nunit=micron\nspacing=1', 4)).toBe(0.25);
    expect(says('ImageJ=1.54f\nunit=\\u00B5m\n', 2)).toBe(0.5);
  });

  it('reads resolution tags, and lets the description win', () => {
    expect(headerMpp({ resolutionUnit: 'cm', xResolution: 20_000 })).toBe(0.5);
    expect(headerMpp({ resolutionUnit: 'inch', xResolution: 50_800 })).toBe(0.5);
    expect(
      headerMpp({ resolutionUnit: 'cm', xResolution: 20_000, description: 'Aperio|MPP = 0.25' }),
    ).toBe(0.25);
  });

  it('does not take a print size, a unit nobody knows or an impossible value for a resolution', () => {
    for (const xResolution of [72, 96, 300, 600]) {
      expect(headerMpp({ resolutionUnit: 'inch', xResolution })).toBeUndefined();
    }
    expect(headerMpp({ ...unit, xResolution: 20_000 })).toBeUndefined();
    for (const description of [
      'Aperio|MPP = 0',
      'Aperio|MPP = -0.5',
      'Aperio|MPP = e',
      '<Pixels PhysicalSizeX="0.5" PhysicalSizeXUnit="pixel">',
      'a photograph; MPP = 0.5',
    ]) {
      expect(headerMpp({ ...unit, description })).toBeUndefined();
    }
  });
});

describe('readTiffTags', () => {
  it.each([{ bigtiff: false }, { bigtiff: true }])(
    'reads the resolution tags with %o',
    async (options) => {
      const path = join(folder, `bigtiff-${options.bigtiff}.tif`);
      await writeFile(path, await tiff(2000, options));
      expect(await readTiffTags(path)).toMatchObject({ xResolution: 20_000, resolutionUnit: 'cm' });
      expect((await openImage(path)).source.mpp).toBe(0.5);
    },
  );

  it('survives any damage to the file', async () => {
    const whole = await tiff(2000);
    const path = join(folder, 'damaged.tif');
    await fc.assert(
      fc.asyncProperty(
        fc.nat(whole.length - 1),
        fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 8 }),
        async (length, changes) => {
          const bytes = Buffer.from(whole);
          for (const [at, value] of changes) bytes[at] = value;
          await writeFile(path, bytes.subarray(0, length));
          const tags = await readTiffTags(path);
          expect(tags === undefined || typeof tags.resolutionUnit === 'string').toBe(true);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('gives nothing for a file that is no TIFF', async () => {
    const path = join(folder, 'text');
    await writeFile(path, 'II, but not a TIFF at all');
    expect(await readTiffTags(path)).toBeUndefined();
  });
});

const slides = new URL('../../../shared/slides/', import.meta.url);
const haveSlides = existsSync(slides);
if (!haveSlides)
  console.warn('Skipped: ../shared/slides is absent, no real slide headers are read.');

describe.skipIf(!haveSlides)('real slides', () => {
  it.each([
    ['cmu-1-small-region.svs', 2220, 2967, 0.499],
    ['instanseg_HE_example.tif', 1380, 1484, 0.50008],
  ])('%s', async (name, width, height, mpp) => {
    const opened = await openImage(new URL(name, slides).pathname);
    expect(opened.raster).toMatchObject({ width, height });
    expect(opened.source.mpp).toBeCloseTo(mpp, 5);
  });

  it('a slide without resolution and with JPEG 2000', async () => {
    const path = new URL('tcga-cr-7395-01a-01-ts1.svs', slides).pathname;
    expect(headerMpp((await readTiffTags(path))!)).toBeUndefined();
    await expect(openImage(path)).rejects.toMatchObject({ code: 'IMAGE_UNSUPPORTED' });
  });
});
