import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Raster } from '../../../shared/image/raster.ts';
import { RasterSource } from '../../../shared/image/raster-source.ts';
import type { DicomizeOptions } from '../../../test/support/dicomize.ts';
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
const noPassword = undefined;

let orthanc: Orthanc;
let picture: Raster;

/** Stores the picture as a slide, opens that, and compares. */
async function stored(options: DicomizeOptions): Promise<PacsSlide> {
  return orthanc.addSlide(picture, options);
}

async function opened(
  { study, series }: PacsSlide,
  network = new RecordingNetwork(),
): Promise<Slide> {
  const reference = { root: orthanc.dicomWeb, study, series };
  return openDicomwebSlide(reference, { network, authorization: noPassword });
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
    picture = { width: info.width, height: info.height, data: new Uint8Array(data) };
  }, 120_000);
  afterAll(() => orthanc?.stop());

  it.each([
    ['plain pixels, sparsely tiled', { compression: 'none' }, 0],
    ['JPEG 2000', { compression: 'jpeg2000', tilePx: 512 }, 0],
    ['JPEG', { compression: 'jpeg' }, 2],
  ] as const)('is read as %s', async (_name, options, tolerance) => {
    const slide = await opened(await stored(options));
    const { width, height } = picture;
    expect(slide).toMatchObject({ width, height, reader: 'dicomweb' });
    expect(slide.mpp).toBeCloseTo(0.5, 3);
    expect(slide.levels.length).toBeGreaterThan(2);
    const read = await slide.read(region, slide);
    const expected = await new RasterSource(picture).read(region, picture);
    expect(meanDifference(read, expected)).toBeLessThanOrEqual(tolerance);
    await slide.close();
  });
});
