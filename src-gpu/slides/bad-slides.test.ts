import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deflateSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { UniCellError } from '../../shared/errors.ts';
import { pngBomb } from '../../test/support/bomb.ts';
import { tempFolder } from '../../test/support/temp-folder.ts';
import { ascii, type TiffPage, type TiffTag, tiffFile } from '../../test/support/tiff-file.ts';
import { openSlide } from './open-slide.ts';
import { findOpenSlide } from './openslide/library.ts';

const folder = tempFolder();
let files = 0;

async function save(bytes: Uint8Array, type = 'tif'): Promise<string> {
  const path = join(folder, `${files++}.${type}`);
  await writeFile(path, bytes);
  return path;
}

/** Opens a file, reads all of it, and says what went wrong. */
async function failure(path: string): Promise<string> {
  const slide = await openSlide(path).catch((error: unknown) => error);
  if (slide instanceof Error) return named(slide);
  const { width, height, read, close } = slide as Awaited<ReturnType<typeof openSlide>>;
  const region = { x: 0, y: 0, width: Math.min(600, width), height: Math.min(600, height) };
  const error = await read.call(slide, region, { width, height }).catch((one: unknown) => one);
  await close.call(slide);
  return error instanceof Error ? named(error) : 'nothing';
}

const named = (error: Error) =>
  error instanceof UniCellError ? `${error.code}: ${error.message}` : `BUG: ${error.stack}`;

const side = 64;
const pixels = new Uint8Array(side * side * 3).fill(150);
const page = (changes: Partial<TiffPage> = {}): TiffPage => ({
  width: 100,
  height: 90,
  tile: side,
  tiles: [pixels, pixels, pixels, pixels],
  ...changes,
});
const withTags = (...tags: TiffTag[]) => page({ tags });
const badTiff = async (pages: TiffPage[], options = {}) =>
  failure(await save(tiffFile(pages, options)));

describe('a TIFF that is damaged or hostile', () => {
  it('whose pages lead back to the first', async () => {
    expect(await badTiff([page(), page()], { loop: true })).toMatch(
      /^IMAGE_UNREADABLE: .*pages refer back to an earlier one/,
    );
    expect(await badTiff([page()], { loop: true, big: true })).toMatch(/^IMAGE_UNREADABLE/);
  });

  it('whose levels are one page again and again', async () => {
    const file = tiffFile([page({ below: [page()] })]);
    const view = new DataView(file.buffer);
    const first = view.getUint32(4, true);
    for (let at = first + 2; ; at += 12) {
      if (view.getUint16(at, true) !== 330) continue;
      // Two offsets, both found at the head of the file: that of the first page.
      view.setUint32(at + 4, 2, true);
      view.setUint32(at + 8, 0, true);
      break;
    }
    expect(await failure(await save(file))).toMatch(/^(IMAGE_UNREADABLE|nothing)/);
  });

  it('without pixels', async () => {
    expect(await badTiff([page({ width: 0 })])).toMatch(/^IMAGE_UNREADABLE: .*0 x 90 pixels/);
    expect(await badTiff([page({ tile: 0 })])).toMatch(/^IMAGE_UNREADABLE: .*tiles of 0 x 0/);
    expect(await badTiff([])).toMatch(/^IMAGE_UNREADABLE: .*without a page/);
  });

  it('that promises more pixels than it has tiles for', async () => {
    expect(await badTiff([page({ width: 4e9, height: 4e9 })])).toMatch(
      /^IMAGE_UNREADABLE: .*needs \d+ tiles and lists 4/,
    );
  });

  it('whose tiles, or their list, lie beyond its end', async () => {
    const at = (value: number): TiffTag => [324, 4, [value, value, value, value]];
    expect(await badTiff([withTags(at(4e9))])).toMatch(/^IMAGE_UNREADABLE: .*beyond its end/);
    const file = tiffFile([page()]);
    const view = new DataView(file.buffer);
    for (let entry = view.getUint32(4, true) + 2; ; entry += 12) {
      if (view.getUint16(entry, true) !== 324) continue;
      view.setUint32(entry + 8, file.length - 4, true);
      break;
    }
    expect(await failure(await save(file))).toMatch(/^IMAGE_UNREADABLE: .*beyond its end/);
  });

  it('whose tile has more bytes than such a tile can take', async () => {
    const huge = new Uint8Array(1e6);
    expect(await badTiff([page({ tiles: [huge, huge, huge, huge] })])).toMatch(
      /^IMAGE_UNREADABLE: .*more than such a tile can take/,
    );
  });

  it.each([
    ['Deflate', 8, deflateSync],
    ['Zstandard', 50000, zstdCompressSync],
  ])('whose tiles in %s unpack to a hundred megabytes', async (_name, compression, pack) => {
    const bomb = pack(new Uint8Array(100e6));
    const before = process.memoryUsage().rss;
    const tiles = [bomb, bomb, bomb, bomb];
    const said = await badTiff([page({ tiles, tags: [[259, 3, [compression]]] })]);
    expect(said).toMatch(/^(IMAGE_UNREADABLE|nothing)/);
    expect(process.memoryUsage().rss - before).toBeLessThan(80e6);
  });

  it.each([
    [7, 'JPEG'],
    [8, 'Deflate'],
    [50000, 'Zstandard'],
    [33005, 'JPEG 2000'],
  ])('whose tiles with compression %i are no %s', async (compression) => {
    expect(await badTiff([withTags([259, 3, [compression]])])).toMatch(/^IMAGE_UNREADABLE/);
  });

  it.each(['none', 'lzw', 'deflate', 'jpeg'] as const)(
    'with a %s tile cut off',
    async (compression) => {
      const noise = { type: 'gaussian', mean: 128, sigma: 60 } as const;
      const whole = await sharp({
        create: { width: 256, height: 256, channels: 3, background: '#000', noise },
      })
        .tiff({ tile: true, tileWidth: 256, tileHeight: 256, compression })
        .toBuffer();
      const file = Buffer.from(whole);
      for (let at = file.readUInt32LE(4) + 2; ; at += 12) {
        if (file.readUInt16LE(at) !== 325) continue;
        file.writeUInt32LE(file.readUInt32LE(at + 8) >> 1, at + 8);
        break;
      }
      expect(await failure(await save(whole))).toBe('nothing');
      expect(await failure(await save(file))).toMatch(/^IMAGE_UNREADABLE/);
    },
  );

  it('cut off anywhere', async () => {
    const whole = await sharp({
      create: { width: 600, height: 500, channels: 3, background: '#c080a0' },
    })
      .tiff({ tile: true, pyramid: true, compression: 'jpeg' })
      .toBuffer();
    for (let i = 1; i < 12; i++) {
      const part = whole.subarray(0, Math.floor((whole.length * i) / 12));
      expect(await failure(await save(part))).toMatch(/^IMAGE_(UNREADABLE|UNSUPPORTED)/);
    }
  });

  it('damaged in any of its bytes', async () => {
    const tags: TiffTag[] = [
      [259, 3, [8]],
      [270, 2, ascii('Aperio Image Library|MPP = 0.5')],
    ];
    const tile = deflateSync(pixels);
    const small = page({ width: 60, height: 50, tiles: [tile], tags });
    const whole = tiffFile([page({ tiles: [tile, tile, tile, tile], tags }), small]);
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: whole.length }),
        fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 6 }),
        async (length, changes) => {
          const bytes = Uint8Array.from(whole);
          for (const [at, value] of changes) bytes[at] = value;
          const said = await failure(await save(bytes.subarray(0, length)));
          expect(said).toMatch(/^(IMAGE_\w+|nothing)/);
        },
      ),
      { numRuns: 250 },
    );
  });
});

describe('a file that is not read here', () => {
  it.each([
    [6, 'JPEG of the old style'],
    [50002, 'JPEG XL'],
    [34887, 'LERC'],
  ])('tiles with compression %i, by name, with the way out', async (compression, name) => {
    expect(await badTiff([withTags([259, 3, [compression]])])).toMatch(
      new RegExp(`^IMAGE_UNSUPPORTED: .*${compression}, ${name}.*vips tiffsave`),
    );
  });

  it('channels in pages of their own', async () => {
    const xml = '<OME><Pixels SizeC="3" SizeZ="1" SizeT="1"/></OME>';
    const grey = withTags([270, 2, ascii(xml)], [277, 3, [1]], [258, 3, [8]], [262, 3, [1]]);
    expect(await badTiff([grey, grey, grey])).toMatch(
      /^IMAGE_UNSUPPORTED: .*3 channels in pages of their own/,
    );
  });

  it('a DICOM file without a header', async () => {
    const bytes = new TextEncoder().encode(`${'\0'.repeat(128)}DICM`.padEnd(200, '\0'));
    expect(await failure(await save(bytes, 'dcm'))).toMatch(
      /^IMAGE_UNREADABLE: .*a DICOM file whose header cannot be read/,
    );
  });

  it.each([['czi', 'ZISRAWFILE', /Zeiss CZI/]])('%s', async (type, start, what) => {
    const bytes = new TextEncoder().encode(start.padEnd(200, '\0'));
    const said = await failure(await save(bytes, type));
    expect(said).toMatch(/^IMAGE_UNSUPPORTED: .*which is not read here\. Convert it/);
    expect(said).toMatch(what);
  });

  it('an Olympus VSI, whose file is only an overview', async () => {
    expect(await failure(await save(tiffFile([page()]), 'vsi'))).toMatch(
      /^IMAGE_UNSUPPORTED: .*Olympus VSI/,
    );
  });

  it('the JPEG beside a Mirax slide, though it is a picture', async () => {
    const jpeg = sharp({ create: { width: 9, height: 9, channels: 3, background: '#fff' } }).jpeg();
    const said = await failure(await save(await jpeg.toBuffer(), 'mrxs'));
    expect(said).toMatch(/^IMAGE_(UNSUPPORTED|UNREADABLE): .*OpenSlide/);
  });

  it('a picture of 30,000 x 30,000 pixels in 200 bytes', async () => {
    expect(await failure(await save(pngBomb(30_000, 30_000), 'png'))).toMatch(
      /^IMAGE_TOO_LARGE: .*900 megapixels/,
    );
  });

  it('a URL, where nobody has said how to reach it', async () => {
    await expect(openSlide('http://169.254.169.254/slide.svs')).rejects.toMatchObject({
      code: 'SOURCE_FORBIDDEN',
    });
  });
});

describe('slides with rules of their own', async () => {
  const library = await findOpenSlide();
  const slides: [string, TiffTag][] = [
    ['Hamamatsu NDPI', [65420, 4, [1]]],
    [
      'Leica SCN',
      [270, 2, ascii('<scn xmlns="http://www.leica-microsystems.com/scn/2010/10/01">')],
    ],
    ['Ventana BIF', [700, 7, ascii('<iScan Magnification="40"/>')]],
    ['Trestle', [305, 2, ascii('MedScan')]],
  ];
  it.each(slides)('%s is not read by the rules of others', async (what, tag) => {
    const said = await badTiff([withTags(tag)]);
    // Our file is none of its maker, so OpenSlide refuses it or finds nothing but a plain TIFF in it.
    if (library) expect(said).toMatch(/^(IMAGE_(UNSUPPORTED|UNREADABLE): .*OpenSlide|nothing)/);
    else expect(said).toMatch(new RegExp(`^IMAGE_UNSUPPORTED: .*${what}.*install`));
  });
});
