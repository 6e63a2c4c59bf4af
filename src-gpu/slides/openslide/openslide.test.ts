import { readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { type MiraxTile, writeMirax } from '../../../test/support/mirax.ts';
import { tempFolder } from '../../../test/support/temp-folder.ts';
import { ascii, tiffFile } from '../../../test/support/tiff-file.ts';
import { openSlide } from '../open-slide.ts';
import { findOpenSlide } from './library.ts';
import { boundsOf, mppOf, warningsOf } from './properties.ts';

const library = await findOpenSlide();
if (!library) {
  console.warn('Skipped: OpenSlide is not installed (apt-get install libopenslide0).');
}

const folder = tempFolder();
const side = 256;

function jpeg(background: string): Promise<Uint8Array> {
  const plain = sharp({ create: { width: side, height: side, channels: 3, background } });
  return plain.jpeg({ quality: 100, chromaSubsampling: '4:4:4' }).toBuffer();
}

describe.skipIf(!library)('a Mirax slide', async () => {
  const tiles: MiraxTile[] = [
    { column: 2, row: 3, jpeg: await jpeg('#c02080') },
    { column: 3, row: 3, jpeg: await jpeg('#20c040') },
  ];
  const path = await writeMirax(
    folder,
    { columns: 8, rows: 6, side },
    tiles,
    await jpeg('#000000'),
  );
  const colourAt = async (x: number, y: number) => {
    const slide = await openSlide(path);
    const { data } = await slide.read({ x, y, width: 1, height: 1 }, slide);
    await slide.close();
    return [...data];
  };

  it('is the whole plane, and says where the scanned part lies', async () => {
    const slide = await openSlide(path);
    expect(slide).toMatchObject({
      reader: 'openslide',
      vendor: 'mirax',
      mpp: 0.25,
      width: 8 * side,
      height: 6 * side,
      bounds: { x: 2 * side, y: 3 * side, width: 2 * side, height: side },
      warnings: [{ code: 'SLIDE_BOUNDS', detail: expect.stringMatching(/512 x 256 .*512, 768/) }],
    });
    await slide.close();
  });

  it('has its pixels where the whole plane has them, and glass elsewhere, never the thumbnail', async () => {
    const near = (colour: number[], hex: string) =>
      [1, 3, 5].every(
        (at, i) => Math.abs(colour[i]! - Number.parseInt(hex.slice(at, at + 2), 16)) < 4,
      );
    expect(near(await colourAt(2 * side + 100, 3 * side + 100), '#c02080')).toBe(true);
    expect(near(await colourAt(3 * side + 100, 3 * side + 100), '#20c040')).toBe(true);
    expect(await colourAt(10, 10)).toEqual([255, 255, 255]);
  });

  it('whose data are gone for a while is unreadable then, and readable afterwards', async () => {
    const data = join(folder, 'mirax', 'Data0000.dat');
    const whole = await readFile(data);
    const slide = await openSlide(path);
    const read = (column: number) =>
      slide.read({ x: column * side, y: 3 * side, width: 9, height: 9 }, slide);
    await truncate(data, 100);
    await expect(read(3)).rejects.toMatchObject({
      code: 'IMAGE_UNREADABLE',
      message: expect.stringContaining('OpenSlide'),
    });
    await writeFile(data, whole);
    expect((await read(3)).data[1]).toBeGreaterThan(180);
    await slide.close();
  });

  it('is named by the files beside it too', async () => {
    const fingerprint = async () => {
      const slide = await openSlide(path);
      const found = await slide.fingerprint();
      await slide.close();
      return found;
    };
    const data = join(folder, 'mirax', 'Data0000.dat');
    const whole = await readFile(data);
    const before = await fingerprint();
    expect(await fingerprint()).toBe(before);
    await writeFile(data, Buffer.from(whole).fill(7, 700, 720));
    expect(await fingerprint()).not.toBe(before);
    await writeFile(data, whole);
  });
});

describe.skipIf(!library)('an NDPI slide', () => {
  it('is read with the resolution and the levels that Hamamatsu wrote', async () => {
    const image = await sharp({
      create: { width: 512, height: 512, channels: 3, background: '#c02080' },
    })
      .jpeg({ quality: 100, chromaSubsampling: '4:4:4' })
      .toBuffer();
    const file = tiffFile([
      {
        width: 512,
        height: 512,
        tiles: [image],
        tags: [
          [259, 3, [7]],
          [262, 3, [6]],
          [271, 2, ascii('Hamamatsu')],
          [282, 5, [40_000, 1]],
          [283, 5, [40_000, 1]],
          [296, 3, [3]],
          [65420, 4, [1]],
          [65421, 11, [20]],
          [65424, 9, [0]],
        ],
      },
    ]);
    const path = join(folder, 'slide.ndpi');
    await writeFile(path, file);
    const slide = await openSlide(path);
    expect(slide).toMatchObject({
      reader: 'openslide',
      vendor: 'hamamatsu',
      mpp: 0.25,
      width: 512,
      height: 512,
    });
    const { data } = await slide.read({ x: 300, y: 300, width: 1, height: 1 }, slide);
    expect(Math.abs(data[0]! - 0xc0) + Math.abs(data[1]! - 0x20)).toBeLessThan(8);
    await slide.close();
  });
});

describe('what OpenSlide says of a slide', () => {
  const saying = (values: Record<string, string>) => (name: string) =>
    values[name.replace('openslide.', '')] ?? null;
  const size = { width: 1000, height: 800 };

  it('its resolution, if a microscope can have it', () => {
    expect(mppOf(saying({ 'mpp-x': '0.2273' }))).toBe(0.2273);
    for (const text of ['', '0', '-1', 'abc', '1e9']) {
      expect(mppOf(saying({ 'mpp-x': text }))).toBeUndefined();
    }
    expect(mppOf(saying({}))).toBeUndefined();
  });

  it('its bounds, unless they are all of it', () => {
    const bounds = (x: string, width: string) =>
      boundsOf(
        saying({ 'bounds-x': x, 'bounds-y': '0', 'bounds-width': width, 'bounds-height': '800' }),
        size,
      );
    expect(bounds('10', '500')).toEqual({ x: 10, y: 0, width: 500, height: 800 });
    expect(bounds('0', '1000')).toBeUndefined();
    expect(boundsOf(saying({}), size)).toBeUndefined();
  });

  it('that its pixels are not square', () => {
    const codes = (y: string) =>
      warningsOf(saying({ 'mpp-x': '0.25', 'mpp-y': y }), undefined).map(({ code }) => code);
    expect(codes('0.2501')).toEqual([]);
    expect(codes('0.5')).toEqual(['PIXELS_NOT_SQUARE']);
  });
});
