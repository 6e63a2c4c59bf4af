/** Whole slides in DICOM files, as Orthanc's dicomizer and pydicom write them. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { textOf } from '../../shared/dicom/dicom-json.ts';
import { syntheticField } from '../../src-gpu/demo/synthetic/field.ts';
import { openSlide } from '../../src-gpu/slides/open-slide.ts';
import type { Slide } from '../../src-gpu/slides/slide.ts';
import { dicomize } from '../support/dicomize.ts';
import { difference } from '../support/libtiff.ts';
import { pythonWith } from '../support/python-files.ts';
import { tempFolder } from '../support/temp-folder.ts';

const hasDicomizer = spawnSync('OrthancWSIDicomizer', ['--help']).error === undefined;
if (!hasDicomizer) console.warn('SKIPPED: no OrthancWSIDicomizer, so no DICOM files are read.');
const python = pythonWith(['numpy', 'pydicom'], 'no DICOM file of pydicom is read');
const script = fileURLToPath(new URL('write-dicom.py', import.meta.url));
const [width, height] = [700, 540];
const { raster: field } = syntheticField({ width, height, mpp: 0.5 });
const cutTo = (bytes: Uint8Array, length: number) => bytes.subarray(0, length);

async function all(slide: Slide): Promise<Uint8Array> {
  const { data } = await slide.read(
    { x: 0, y: 0, width: slide.width, height: slide.height },
    slide,
  );
  await slide.close();
  return data;
}

describe.skipIf(!hasDicomizer)('a folder of Orthanc', () => {
  it.each([
    ['jpeg', 5],
    ['jpeg2000', 5],
  ] as const)('is read with compression %s', async (compression, mean) => {
    const [finest] = await dicomize(field, tempFolder(), { compression });
    const folder = await openSlide(dirname(finest!));
    expect(folder).toMatchObject({ reader: 'dicom', width, height });
    expect(folder.mpp).toBeCloseTo(0.5, 3);
    expect(folder.levels.length).toBeGreaterThan(1);
    expect(textOf(folder.dicom, '00100010') ?? folder.dicom).toBeDefined();
    const fingerprint = await folder.fingerprint();
    expect(difference(await all(folder), field.data).mean).toBeLessThanOrEqual(mean);
    // By one of its files: all levels, or that one alone.
    const byFile = await openSlide(finest!, { hasSiblings: true });
    expect(await byFile.fingerprint()).toBe(fingerprint);
    await byFile.close();
    const alone = await openSlide(finest!);
    expect(alone.levels).toHaveLength(1);
    await alone.close();
  });

  it('is refused when it is cut off, holds other things, or two slides', async () => {
    const [finest] = await dicomize(field, tempFolder());
    const folder = tempFolder();
    const bytes = readFileSync(finest!);
    writeFileSync(join(folder, 'cut.dcm'), cutTo(bytes, bytes.length / 2));
    const cut = await openSlide(folder);
    await expect(all(cut)).rejects.toMatchObject({ code: 'IMAGE_UNREADABLE' });
    await cut.close();
    writeFileSync(join(folder, 'cut.dcm'), cutTo(bytes, 1000));
    await expect(openSlide(folder)).rejects.toMatchObject({ code: 'IMAGE_UNREADABLE' });
    const two = tempFolder();
    const [other] = await dicomize(field, tempFolder());
    copyFileSync(finest!, join(two, 'a.dcm'));
    copyFileSync(other!, join(two, 'b.dcm'));
    await expect(openSlide(two)).rejects.toMatchObject({
      code: 'INVALID_OPTIONS',
      message: expect.stringMatching(/holds 2 slides/),
    });
  });
});

describe.skipIf(!python)('files of pydicom', () => {
  const folder = join(tempFolder(), 'made');
  beforeAll(() => {
    mkdirSync(folder);
    const raw = join(folder, 'field.raw');
    writeFileSync(raw, field.data);
    python!(script, raw, String(width), String(height), folder);
  });

  it.each(['plain', 'implicit', 'sparse', 'tables', 'fragments', 'extended'])(
    'are read: %s',
    async (name) => {
      const slide = await openSlide(join(folder, `${name}.dcm`));
      expect(slide).toMatchObject({ reader: 'dicom', width, height });
      expect(slide.mpp).toBeCloseTo(0.5, 6);
      expect(slide.dicom).toMatchObject({
        '00100010': { vr: 'PN', Value: [{ Alphabetic: 'Weiß^Zoë' }] },
      });
      const mean = ['plain', 'implicit', 'sparse'].includes(name) ? 0 : 3;
      expect(difference(await all(slide), field.data).mean).toBeLessThanOrEqual(mean);
    },
  );

  it.each([
    ['label', 'DICOM_WITHOUT_VOLUME', /no VOLUME instance/],
    ['other', 'DICOM_WITHOUT_VOLUME', /no VOLUME instance/],
    ['deflated', 'IMAGE_UNSUPPORTED', /Deflated.*dcmconv/],
  ])('are refused: %s', async (name, code, message) => {
    await expect(openSlide(join(folder, `${name}.dcm`))).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });
});
