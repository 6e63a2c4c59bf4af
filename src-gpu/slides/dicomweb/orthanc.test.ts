import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Raster } from '../../../shared/image/raster.ts';
import { RasterSource } from '../../../shared/image/raster-source.ts';
import { hasOrthanc, Orthanc, type PacsSlide } from '../../../test/support/orthanc.ts';
import { RecordingNetwork } from '../../../test/support/recording-network.ts';
import { tempFolder } from '../../../test/support/temp-folder.ts';
import type { Slide } from '../slide.ts';
import { openDicomwebSlide } from './open-dicomweb.ts';

const tissue = fileURLToPath(
  new URL('../../../../shared/slides/instanseg_HE_example.tif', import.meta.url),
);
const hasTissue = existsSync(tissue);
if (!hasTissue) console.warn('Skipped: ../shared/slides is absent, no PACS is given a real slide.');

const region = { x: 130, y: 201, width: 700, height: 520 };

let orthanc: Orthanc;
let image: Raster;

async function opened(
  { study, series }: PacsSlide,
  network = new RecordingNetwork(),
): Promise<Slide> {
  const reference = { root: orthanc.dicomWeb, study, series };
  return openDicomwebSlide(reference, { network });
}

function meanDifference(a: Raster, b: Raster): number {
  expect([a.width, a.height]).toEqual([b.width, b.height]);
  return a.data.reduce((sum, value, i) => sum + Math.abs(value - b.data[i]!), 0) / a.data.length;
}

describe.skipIf(!hasTissue || !hasOrthanc())('a slide in Orthanc', { timeout: 120_000 }, () => {
  beforeAll(async () => {
    orthanc = await Orthanc.start(tempFolder());
    const { data, info } = await sharp(tissue, { page: 0 })
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    image = { width: info.width, height: info.height, data: new Uint8Array(data) };
  }, 120_000);
  afterAll(() => orthanc?.stop());

  it.each([
    ['plain pixels, sparsely tiled', { compression: 'none' }, 0],
    ['JPEG 2000', { compression: 'jpeg2000', tilePx: 512 }, 0],
    ['JPEG', { compression: 'jpeg' }, 2],
  ] as const)('is read as %s', async (_name, options, tolerance) => {
    const slide = await opened(await orthanc.addSlide(image, options));
    const { width, height } = image;
    expect(slide).toMatchObject({ width, height, reader: 'dicomweb' });
    expect(slide.mpp).toBeCloseTo(0.5, 3);
    expect(slide.levels.length).toBeGreaterThan(2);
    const read = await slide.read(region, slide);
    const expected = await new RasterSource(image).read(region, image);
    expect(meanDifference(read, expected)).toBeLessThanOrEqual(tolerance);
    await slide.close();
  });

  it('is read as fully tiled, where its frames lie so', async () => {
    // The dicomizer writes tiles in an order of its own, but for those of one row.
    const row = { x: 0, y: 300, width: 1200, height: 256 };
    const strip = await new RasterSource(image).read(row, image);
    const slide = await opened(
      await orthanc.addSlide(strip, {
        compression: 'none',
        attributes: { DimensionOrganizationType: 'TILED_FULL' },
      }),
    );
    expect((await slide.read({ ...row, y: 0 }, slide)).data).toEqual(strip.data);
    await slide.close();
  });

  it('is read at its coarser levels', async () => {
    const network = new RecordingNetwork();
    const slide = await opened(await orthanc.addSlide(image, { compression: 'none' }), network);
    const third = slide.levels[2]!;
    network.asked.length = 0;
    const read = await slide.read({ x: 0, y: 0, width: 200, height: 200 }, third);
    expect(network.asked.length).toBeGreaterThan(0);
    const finer = await new RasterSource(image).read(
      { x: 0, y: 0, width: 200, height: 200 },
      third,
    );
    // Shrunk by the dicomizer and by us: the same tissue at the same place.
    expect(meanDifference(read, finer)).toBeLessThan(12);
    await slide.close();
  });
});
