import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { pngBomb } from '../../test/support/bomb.ts';
import { tempFolder } from '../../test/support/temp-folder.ts';
import { openImage } from './open-image.ts';

const folder = tempFolder();
const width = 12;
const height = 7;
const colour = { r: 200, g: 100, b: 50 };

function plain(background: string | typeof colour = colour) {
  return sharp({ create: { width, height, channels: 3, background } });
}

async function write(name: string, bytes: Uint8Array | string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, bytes);
  return path;
}

/** 16-bit or float samples of one value, as a file. */
function samples(value: number, channels: 1 | 2 | 3 | 4, type: 'ushort' | 'float') {
  const all = new (type === 'ushort' ? Uint16Array : Float32Array)(width * height * channels);
  all.fill(value);
  return sharp(all, { raw: { width, height, channels } });
}

async function firstPixel(path: string): Promise<number[]> {
  const { raster } = await openImage(path);
  expect(raster).toMatchObject({ width, height });
  expect(raster.data).toHaveLength(width * height * 3);
  return [...raster.data.slice(0, 3)];
}

describe('openImage', () => {
  it.each(['png', 'jpeg', 'webp', 'tiff'] as const)('reads %s', async (format) => {
    const path = await write(
      `plain.${format}`,
      await plain().toFormat(format, { quality: 100 }).toBuffer(),
    );
    const pixel = await firstPixel(path);
    expect(
      Math.abs(pixel[0]! - 200) + Math.abs(pixel[1]! - 100) + Math.abs(pixel[2]! - 50),
    ).toBeLessThan(8);
  });

  it('reads only the first page of a tiled TIFF pyramid', async () => {
    const pyramid = plain()
      .resize(600, 400)
      .tiff({ tile: true, pyramid: true, compression: 'jpeg' });
    const path = await write('pyramid.tif', await pyramid.toBuffer());
    expect((await openImage(path)).raster).toMatchObject({ width: 600, height: 400 });
  });

  it('lays transparency on white', async () => {
    const clear = plain().ensureAlpha(0).png();
    expect(await firstPixel(await write('clear.png', await clear.toBuffer()))).toEqual([
      255, 255, 255,
    ]);
  });

  it('copies grey to three channels and says that colour is missing', async () => {
    const path = await write(
      'grey.png',
      await plain('#4d4d4d').toColourspace('b-w').png().toBuffer(),
    );
    expect(await firstPixel(path)).toEqual([77, 77, 77]);
    expect((await openImage(path)).warnings).toMatchObject([{ code: 'NO_COLOUR' }]);
  });

  it('cuts 16 bits to the high 8', async () => {
    const grey = samples(0x7530, 1, 'ushort').toColourspace('grey16').png();
    expect(await firstPixel(await write('grey16.png', await grey.toBuffer()))).toEqual([
      117, 117, 117,
    ]);
    const rgb = samples(0xc8ff, 3, 'ushort').toColourspace('rgb16').tiff();
    expect(await firstPixel(await write('rgb16.tif', await rgb.toBuffer()))).toEqual([
      200, 200, 200,
    ]);
  });

  it('converts CMYK', async () => {
    const path = await write(
      'cmyk.jpg',
      await plain('#ffffff').toColourspace('cmyk').jpeg().toBuffer(),
    );
    expect((await sharp(path).metadata()).space).toBe('cmyk');
    expect(Math.min(...(await firstPixel(path)))).toBeGreaterThan(250);
  });

  it('does not turn a picture by its EXIF orientation, and says so', async () => {
    const path = await write(
      'turned.jpg',
      await plain().withMetadata({ orientation: 6 }).jpeg().toBuffer(),
    );
    expect(await firstPixel(path)).toHaveLength(3);
    expect((await openImage(path)).warnings).toMatchObject([
      { code: 'ORIENTATION_IGNORED', detail: expect.stringContaining('orientation 6') },
    ]);
  });

  it('takes no resolution from the print size of a JPEG or PNG', async () => {
    for (const format of ['jpeg', 'png'] as const) {
      const bytes = await plain().withMetadata({ density: 50_800 }).toFormat(format).toBuffer();
      expect((await openImage(await write(`dpi.${format}`, bytes))).source.mpp).toBeUndefined();
    }
  });
});

describe('openImage refuses', () => {
  const refused = async (path: string) =>
    expect(await openImage(path).catch((error) => `${error.code}: ${error.message}`));

  it('a missing file and a folder', async () => {
    (await refused(join(folder, 'no.png'))).toMatch(
      /^SOURCE_NOT_FOUND: .*no\.png cannot be opened \(ENOENT\)/,
    );
    (await refused(folder)).toMatch(/^SOURCE_NOT_FOUND: .* cannot be opened \(not a file\)/);
  });

  it('an empty file', async () => {
    (await refused(await write('empty.png', ''))).toMatch(
      /^IMAGE_UNREADABLE: .* is empty \(0 bytes\)/,
    );
  });

  it('a file that is no picture, or of a format that is not listed', async () => {
    (await refused(await write('text.png', 'hello'))).toMatch(
      /^IMAGE_UNSUPPORTED: .* is not a picture.* must be one of JPEG, PNG, WebP, TIFF/,
    );
    (await refused(await write('x.gif', await plain().gif().toBuffer()))).toMatch(
      /^IMAGE_UNSUPPORTED: .* is gif/,
    );
    (await refused(await write('slide.mrxs', await plain().jpeg().toBuffer()))).toMatch(
      /^IMAGE_UNSUPPORTED: .*OpenSlide/,
    );
  });

  it('numbers that are no colours', async () => {
    const float = await samples(0.5, 3, 'float')
      .toColourspace('scrgb')
      .tiff({ compression: 'none' })
      .toBuffer();
    (await refused(await write('float.tif', float))).toMatch(/^IMAGE_UNSUPPORTED: .*type float/);
  });

  it.each(['png', 'jpeg', 'webp', 'tiff'] as const)('a truncated %s', async (format) => {
    const noise = sharp({
      create: {
        width: 300,
        height: 300,
        channels: 3,
        noise: { type: 'gaussian', mean: 128, sigma: 60 },
        background: colour,
      },
    });
    const whole = await noise.toFormat(format).toBuffer();
    const path = await write(`half.${format}`, whole.subarray(0, whole.length / 2));
    (await refused(path)).toMatch(/^IMAGE_(UNREADABLE|UNSUPPORTED): .*(truncated|damaged)/);
  });

  it('a picture of 30,000 x 30,000 pixels, before it is decoded', async () => {
    const before = process.memoryUsage().rss;
    (await refused(await write('bomb.png', pngBomb(30_000, 30_000)))).toMatch(
      /^IMAGE_TOO_LARGE: .* is 30000 x 30000 pixels \(900 megapixels\); at most 268 megapixels/,
    );
    expect(process.memoryUsage().rss - before).toBeLessThan(100e6);
  });

  it('a TIFF with LERC inside', async () => {
    const bytes = await readFile(await write('plain.tif', await plain().tiff().toBuffer()));
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    for (let at = view.getUint32(4, true) + 2; ; at += 12) {
      if (view.getUint16(at, true) === 259) {
        view.setUint16(at + 8, 34887, true);
        break;
      }
    }
    (await refused(await write('lerc.tif', bytes))).toMatch(/^IMAGE_UNSUPPORTED: .*34887, LERC/);
  });
});
