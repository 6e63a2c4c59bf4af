import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { deflateSync, zstdCompressSync } from 'node:zlib';
import sharp, { type TiffOptions } from 'sharp';
import { describe, expect, it } from 'vitest';
import type { Raster } from '../../../shared/image/raster.ts';
import { tempFolder } from '../../../test/support/temp-folder.ts';
import { ascii, type TiffPage, tiffFile } from '../../../test/support/tiff-file.ts';
import { syntheticField } from '../../demo/synthetic/field.ts';
import { openSlide } from '../open-slide.ts';
import type { Slide } from '../slide.ts';

const folder = tempFolder();
const { raster: field } = syntheticField({ width: 700, height: 540, mpp: 0.5 });
const raw = { width: 700, height: 540, channels: 3 } as const;

async function open(name: string, bytes: Uint8Array): Promise<Slide> {
  const path = join(folder, name);
  await writeFile(path, bytes);
  return openSlide(path);
}

async function whole(slide: Slide): Promise<Raster> {
  const raster = await slide.read({ x: 0, y: 0, width: slide.width, height: slide.height }, slide);
  await slide.close();
  return raster;
}

/** Tiles of an image, row by row; what lies beyond it is black. */
function cutTiles({ width, height, data }: Raster, side: number, channel?: number): Uint8Array[] {
  const tiles: Uint8Array[] = [];
  const samples = channel === undefined ? 3 : 1;
  for (let top = 0; top < height; top += side) {
    for (let left = 0; left < width; left += side) {
      const tile = new Uint8Array(side * side * samples);
      for (let y = top; y < Math.min(height, top + side); y++) {
        for (let x = left; x < Math.min(width, left + side); x++) {
          const to = ((y - top) * side + x - left) * samples;
          for (let c = 0; c < samples; c++) {
            tile[to + c] = data[(y * width + x) * 3 + (channel ?? c)]!;
          }
        }
      }
      tiles.push(tile);
    }
  }
  return tiles;
}

const page = (changes: Partial<TiffPage> = {}): TiffPage => ({
  width: 700,
  height: 540,
  tile: 128,
  tiles: cutTiles(field, 128),
  ...changes,
});

describe('tiled TIFF', () => {
  it.each<TiffOptions>([
    { compression: 'none' },
    { compression: 'lzw', predictor: 'horizontal' },
    { compression: 'deflate', predictor: 'none' },
    { compression: 'packbits' },
    { compression: 'webp', quality: 90 },
    { compression: 'jpeg', quality: 90 },
    { compression: 'deflate', bigtiff: true },
  ])('%j is read tile by tile, as libvips reads the whole', async (options) => {
    const bytes = await sharp(field.data, { raw })
      .tiff({ tile: true, tileWidth: 128, tileHeight: 128, ...options })
      .toBuffer();
    const slide = await open('codec.tif', bytes);
    expect(slide.reader).toBe('tiff');
    const expected = await sharp(bytes).removeAlpha().raw().toBuffer();
    expect(Buffer.from((await whole(slide)).data).equals(expected)).toBe(true);
  });

  it.each([
    { big: false, little: true },
    { big: false, little: false },
    { big: true, little: true },
    { big: true, little: false },
  ])('in every byte order and size: %j', async (options) => {
    expect((await whole(await open('order.tif', tiffFile([page()], options)))).data).toEqual(
      field.data,
    );
  });

  it('with a plane for each colour', async () => {
    const tiles = [0, 1, 2].flatMap((channel) => cutTiles(field, 128, channel));
    const planar = page({
      tiles: tiles.map((tile) => deflateSync(tile)),
      tags: [
        [284, 3, [2]],
        [259, 3, [8]],
      ],
    });
    expect((await whole(await open('planar.tif', tiffFile([planar])))).data).toEqual(field.data);
  });

  it('with Zstandard, with and without differences along rows', async () => {
    const differences = cutTiles(field, 128).map((tile) =>
      tile.map((value, i) => (i % (128 * 3) < 3 ? value : value - tile[i - 3]!)),
    );
    for (const [predictor, tiles] of [
      [1, cutTiles(field, 128)],
      [2, differences],
    ] as const) {
      const tags: TiffPage['tags'] = [
        [259, 3, [50000]],
        [317, 3, [predictor]],
      ];
      const packed = page({ tiles: tiles.map((tile) => zstdCompressSync(tile)), tags });
      expect((await whole(await open('zstd.tif', tiffFile([packed])))).data).toEqual(field.data);
    }
  });

  it('with 16 bits, grey, and alpha on white', async () => {
    const tile = { tile: true, tileWidth: 128, tileHeight: 128, compression: 'deflate' } as const;
    const deep = sharp(field.data, { raw }).toColourspace('rgb16').tiff(tile);
    const deepSlide = await open('deep.tif', await deep.toBuffer());
    expect(deepSlide.reader).toBe('tiff');
    expect((await whole(deepSlide)).data).toEqual(field.data);
    const grey = sharp(field.data, { raw }).greyscale().tiff(tile);
    const { data } = await whole(await open('grey.tif', await grey.toBuffer()));
    expect([data[0], data[1]]).toEqual([data[1], data[2]]);
    const clear = sharp(field.data, { raw }).ensureAlpha(0).tiff(tile);
    const seen = (await whole(await open('clear.tif', await clear.toBuffer()))).data;
    expect(seen.every((value) => value === 255)).toBe(true);
  });

  it('with tiles left out, which are glass', async () => {
    const tiles = cutTiles(field, 128).map((tile, i) => (i === 7 ? new Uint8Array() : tile));
    const slide = await open('sparse.tif', tiffFile([page({ tiles })]));
    const seen = await slide.read({ x: 128, y: 128, width: 128, height: 128 }, slide);
    expect(seen.data.every((value) => value === 255)).toBe(true);
    const beside = await slide.read({ x: 256, y: 128, width: 8, height: 8 }, slide);
    expect(beside.data.slice(0, 3)).toEqual(
      field.data.slice((128 * 700 + 256) * 3, (128 * 700 + 256) * 3 + 3),
    );
    await slide.close();
  });

  it('with JPEG tiles that are RGB already', async () => {
    const plain = sharp({
      create: { width: 128, height: 128, channels: 3, background: '#20c040' },
    });
    const ycc = await plain.jpeg({ quality: 100, chromaSubsampling: '4:4:4' }).toBuffer();
    const one = (photometric: number) => {
      const tags: TiffPage['tags'] = [
        [259, 3, [7]],
        [262, 3, [photometric]],
        [530, 3, [1, 1]],
      ];
      return open(
        'jpeg.tif',
        tiffFile([{ width: 128, height: 128, tile: 128, tiles: [ycc], tags }]),
      );
    };
    const green = (await whole(await one(6))).data.slice(0, 3);
    expect([...green].map((value, i) => Math.abs(value - [0x20, 0xc0, 0x40][i]!) < 3)).toEqual([
      true,
      true,
      true,
    ]);
    // The same bytes, said to be RGB, are luma and chroma shown as they stand.
    expect([...(await whole(await one(2))).data.slice(0, 3)]).not.toEqual([...green]);
  });
});

describe('pyramids', () => {
  const half = (value: number): TiffPage => ({
    width: 350,
    height: 270,
    tile: 128,
    tiles: Array.from({ length: 9 }, () => new Uint8Array(128 * 128 * 3).fill(value)),
  });
  const read = async (slide: Slide) => {
    const { data } = await slide.read({ x: 10, y: 10, width: 4, height: 4 }, half(0));
    await slide.close();
    return data[0];
  };

  it('in SubIFDs, as OME-TIFF has them', async () => {
    const xml = '<OME><Pixels PhysicalSizeX="0.25" SizeC="3" SizeZ="1" SizeT="1"/></OME>';
    const first = page({ below: [half(77)], tags: [[270, 2, ascii(xml)]] });
    const slide = await open('ome.tif', tiffFile([first, half(200)]));
    expect(slide).toMatchObject({ vendor: 'ome', mpp: 0.25, warnings: [] });
    expect(slide.levels).toHaveLength(2);
    expect(await read(slide)).toBe(77);
  });

  it('in pages that are called reduced, and no others', async () => {
    const reduced = { ...half(77), tags: [[254, 4, [1]]] } as const;
    const other = { ...half(200), width: 340, height: 130, tags: [[254, 4, [1]]] } as const;
    const slide = await open('pages.tif', tiffFile([page(), half(200), other, reduced]));
    expect(slide.levels.map(({ width }) => width)).toEqual([700, 350]);
    expect(await read(slide)).toBe(77);
  });

  it('of Aperio, never with its label, macro or thumbnail', async () => {
    const described = (of: TiffPage, text: string): TiffPage => ({
      ...of,
      tags: [[270, 2, ascii(`Aperio Image Library v12\n${text}`)]],
    });
    const pages = [
      described(page(), '700x540 (128x128) JPEG|AppMag = 20|MPP = 0.4990'),
      described(half(200), 'label 350x270'),
      described({ ...half(200), width: 352, height: 271 }, 'macro 352x271'),
      described(half(77), '700x540 (128x128) -> 350x270 JPEG'),
    ];
    const slide = await open('aperio.svs', tiffFile(pages));
    expect(slide).toMatchObject({ vendor: 'aperio', mpp: 0.499 });
    expect(slide.levels).toHaveLength(2);
    expect(await read(slide)).toBe(77);
  });

  it('of Philips, whose padded levels are left out', async () => {
    const text =
      '<DataObject ObjectType="DPUfsImport"><Attribute Name="DICOM_PIXEL_SPACING" PMSVR="IDoubleArray">' +
      '"0.000227" "0.000227"</Attribute></DataObject>';
    const padded = { ...half(200), width: 384, height: 384, tags: [[254, 4, [1]]] } as const;
    const slide = await open(
      'philips.tiff',
      tiffFile([page({ tags: [[270, 2, ascii(text)]] }), padded]),
    );
    expect(slide.vendor).toBe('philips');
    expect(slide.mpp).toBeCloseTo(0.227, 6);
    expect(slide.levels).toHaveLength(1);
    await slide.close();
  });

  it('planes of depth are one, with a warning', async () => {
    const xml = '<OME><Pixels SizeC="3" SizeZ="5" SizeT="1"/></OME>';
    const slide = await open('z.tif', tiffFile([page({ tags: [[270, 2, ascii(xml)]] })]));
    expect(slide.warnings).toMatchObject([{ code: 'FIRST_PLANE_ONLY' }]);
    await slide.close();
  });
});

describe('JPEG 2000', () => {
  interface Encoder {
    getDecodedBuffer(frame: object): Uint8Array;
    setQuality(isLossless: boolean, quality: number): void;
    encode(): void;
    getEncodedBuffer(): Uint8Array;
  }
  const start = createRequire(import.meta.url)('@cornerstonejs/codec-openjpeg/wasmjs');

  async function encoded(tile: Uint8Array): Promise<Uint8Array> {
    const { J2KEncoder } = await start({ print() {}, printErr() {} });
    const encoder: Encoder = new J2KEncoder();
    const frame = { width: 128, height: 128, bitsPerSample: 8, componentCount: 3, isSigned: false };
    encoder.getDecodedBuffer(frame).set(tile);
    encoder.setQuality(true, 0);
    encoder.encode();
    return new Uint8Array(encoder.getEncodedBuffer());
  }

  it('in RGB and, as older Aperio scanners wrote it, in luma and chroma', async () => {
    const rgb = cutTiles(field, 128)[8]!;
    const ycc = Uint8Array.from(rgb, (_, i) => {
      const [r, g, b] = [0, 1, 2].map((c) => rgb[i - (i % 3) + c]!) as [number, number, number];
      const luma = 0.299 * r + 0.587 * g + 0.114 * b;
      if (i % 3 === 0) return Math.round(luma);
      return Math.round(128 + (i % 3 === 1 ? (b - luma) / 1.772 : (r - luma) / 1.402));
    });
    for (const [compression, tile, largest] of [
      [33005, rgb, 0],
      [33003, ycc, 2],
    ] as const) {
      const tiles = [await encoded(tile)];
      const tags: TiffPage['tags'] = [[259, 3, [compression]]];
      const slide = await open(
        'jp2.svs',
        tiffFile([{ width: 128, height: 128, tile: 128, tiles, tags }]),
      );
      expect(slide.reader).toBe('tiff');
      const { data } = await whole(slide);
      const worst = Math.max(...data.map((value, i) => Math.abs(value - rgb[i]!)));
      expect(worst).toBeLessThanOrEqual(largest);
    }
  });
});
