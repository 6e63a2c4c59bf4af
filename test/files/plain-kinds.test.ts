/** Pictures of kinds that small decoders trip over: bitmaps, grey, turned, transparent in planes, JPEG 2000. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { recogniseImage } from '../../shared/api/detect/image-body.ts';
import { isWithoutColour } from '../../shared/image/colour.ts';
import { orientationOf } from '../../shared/image/orientation.ts';
import { specialKind } from '../../shared/image/unsupported-kind.ts';
import { syntheticField } from '../../src-gpu/demo/synthetic/field.ts';
import { openImage } from '../../src-gpu/slides/open-image.ts';
import { difference } from '../support/libtiff.ts';
import { pythonWith } from '../support/python-files.ts';
import { tempFolder } from '../support/temp-folder.ts';

const python = pythonWith(['numpy', 'PIL', 'tifffile'], 'no bitmap of Pillow is read');
const folder = tempFolder();
const [width, height] = [75, 52];
const { raster: field } = syntheticField({ width, height, mpp: 0.5 });
const picture = () => sharp(field.data, { raw: { width, height, channels: 3 } });

describe.skipIf(!python)('a bitmap of Pillow', () => {
  beforeAll(async () => {
    await picture().png().toFile(join(folder, 'field.png'));
    python!(fileURLToPath(new URL('write-bitmaps.py', import.meta.url)), folder);
  });

  it.each(['rgb', 'rgba', 'grey', 'palette', 'one', 'topdown'])('is read: %s', async (name) => {
    const { raster } = await openImage(join(folder, `${name}.bmp`));
    const right = await sharp(join(folder, `${name}.png`))
      .removeAlpha()
      .toColourspace('srgb')
      .raw()
      .toBuffer();
    expect(raster).toMatchObject({ width, height });
    expect(difference(raster.data, right).most).toBe(0);
  });

  it.each(['grey.bmp', 'grey.tif', 'grey-as-rgb.png'])(
    'without colour says so: %s',
    async (name) => {
      const { warnings } = await openImage(join(folder, name));
      expect(warnings.map(({ code }) => code)).toEqual(['NO_COLOUR']);
    },
  );

  it('is refused by name when it is compressed, and as damaged when it is cut off', async () => {
    await expect(openImage(join(folder, 'rle.bmp'))).rejects.toMatchObject({
      code: 'IMAGE_UNSUPPORTED',
      message: expect.stringMatching(/BMP of 8 bits \(RLE8\)/),
    });
    await expect(openImage(join(folder, 'cut.bmp'))).rejects.toMatchObject({
      code: 'IMAGE_UNREADABLE',
    });
  });

  it.each([2, 3, 6, 8])('in tiles that ask to be turned (%i) says so', async (orientation) => {
    const { warnings, raster } = await openImage(join(folder, `turned${orientation}.tif`));
    expect(warnings.map(({ code }) => code)).toEqual(['ORIENTATION_IGNORED']);
    expect(raster.data).toEqual(field.data);
  });

  it('in planes with transparency lies on white', async () => {
    const { raster } = await openImage(join(folder, 'planes.tif'));
    const right = await sharp(join(folder, 'rgba.png'))
      .flatten({ background: '#fff' })
      .raw()
      .toBuffer();
    expect(difference(raster.data, right).most).toBeLessThanOrEqual(1);
  });
});

describe('what the bytes of a picture say', () => {
  it.each(['jpeg', 'png', 'webp'] as const)('the orientation of %s', async (format) => {
    for (const orientation of [1, 6]) {
      const bytes = await picture().withMetadata({ orientation }).toFormat(format).toBuffer();
      expect(orientationOf(bytes, `image/${format}`)).toBe(orientation);
      for (let cut = 0; cut < Math.min(bytes.length, 400); cut += 7) {
        expect([1, 6]).toContain(orientationOf(bytes.subarray(0, cut), `image/${format}`));
      }
    }
  });

  it('kinds that the edge hands over', async () => {
    const cmyk = await picture().toColourspace('cmyk').jpeg().toBuffer();
    expect(specialKind(cmyk, 'image/jpeg')).toBe('a JPEG in CMYK');
    const frames = Buffer.concat([
      Buffer.from(field.data),
      Buffer.from(field.data.map((value) => 255 - value)),
    ]);
    const raw = { width, height: 2 * height, channels: 3, pageHeight: height } as const;
    const animated = await sharp(frames, { raw })
      .webp({ loop: 0, delay: [100, 100] })
      .toBuffer();
    expect(specialKind(animated, 'image/webp')).toBe('an animated WebP');
    for (const format of ['jpeg', 'png', 'webp'] as const) {
      const plain = await picture().toFormat(format).toBuffer();
      expect(specialKind(plain, `image/${format}`)).toBeUndefined();
    }
  });

  it('types under other names, and without one', async () => {
    const bytes = new Uint8Array(await picture().jpeg().toBuffer());
    for (const declared of [
      'image/jpg',
      'image/pjpeg',
      'image/jpeg',
      '',
      'application/octet-stream',
    ]) {
      expect(recogniseImage(bytes, declared, null)).toMatchObject({ type: 'image/jpeg' });
    }
    expect(() => recogniseImage(bytes, 'image/x-png', null)).toThrow(/picture is image\/jpeg/);
  });

  it('colour, or that there is none', () => {
    expect(isWithoutColour(field)).toBe(false);
    const grey = field.data.map((_, i) => Math.min(253, field.data[i - (i % 3)]!) + (i % 3));
    expect(isWithoutColour({ data: grey })).toBe(true);
    expect(isWithoutColour({ data: new Uint8Array(300).fill(250) })).toBe(false);
  });
});

const cases = join(import.meta.dirname, '../../../shared/cases');
const hasCases = existsSync(cases);
if (!hasCases) console.warn('SKIPPED: no ../shared/cases with files that people have.');

describe.skipIf(!hasCases)('a file that people have', () => {
  it.each([
    ['tile_gray.tif', 'NO_COLOUR'],
    ['p_gray.png', 'NO_COLOUR'],
    ['p_orient6_tile.tif', 'ORIENTATION_IGNORED'],
    ['p_exif6.jpg', 'ORIENTATION_IGNORED'],
  ])('%s is warned of: %s', async (name, code) => {
    expect((await openImage(join(cases, name))).warnings).toMatchObject([{ code }]);
  });

  it('is read: p.bmp, v_jp2k.tif', async () => {
    const right = (await openImage(join(cases, 'p_ref.png'))).raster.data;
    expect((await openImage(join(cases, 'p.bmp'))).raster.data).toEqual(right);
    const lossy = (await openImage(join(cases, 'v_jp2k.tif'))).raster.data;
    expect(difference(lossy, right).mean).toBeLessThan(3);
  });

  it('is refused by what it is: l_vlab.tif', async () => {
    await expect(openImage(join(cases, 'l_vlab.tif'))).rejects.toMatchObject({
      code: 'IMAGE_UNSUPPORTED',
      message: expect.stringMatching(/TIFF.*CIE L\*a\*b\*, 3 samples of 8, 8, 8 bits/),
    });
  });

  it('is handed over by the edge: p_cmyk.jpg, p_anim.webp', async () => {
    const kind = async (name: string, type: 'image/jpeg' | 'image/webp') =>
      specialKind(await readFile(join(cases, name)), type);
    expect(await kind('p_cmyk.jpg', 'image/jpeg')).toBe('a JPEG in CMYK');
    expect(await kind('p_anim.webp', 'image/webp')).toBe('an animated WebP');
  });
});
