/** TIFF in YCbCr that no codec turns into RGB, against libtiff. */
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deflateSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { Raster } from '../../shared/image/raster.ts';
import { syntheticField } from '../../src-gpu/demo/synthetic/field.ts';
import { openImage } from '../../src-gpu/slides/open-image.ts';
import { difference, hasTiff2Rgba, readByLibtiff } from '../support/libtiff.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { type TiffTag, tiffFile } from '../support/tiff-file.ts';

const folder = tempFolder();
const [width, height] = [203, 150];
const { raster: field } = syntheticField({ width, height, mpp: 0.5 });
const isKnown = hasTiff2Rgba();

type Subsampling = readonly [x: number, y: number];

/** Luma and chroma of a pixel, by Rec. 601, in full range; the border is continued. */
function yccAt(x: number, y: number): [number, number, number] {
  const at = (Math.min(y, height - 1) * width + Math.min(x, width - 1)) * 3;
  const [r, g, b] = [field.data[at]!, field.data[at + 1]!, field.data[at + 2]!];
  const luma = 0.299 * r + 0.587 * g + 0.114 * b;
  return [luma, 128 + (b - luma) / 1.772, 128 + (r - luma) / 1.402];
}

/** A rectangle of the field in units of luma and chroma, as TIFF 6.0 stores them. */
function pack(left: number, top: number, size: Subsampling, [h, v]: Subsampling): Uint8Array {
  const bytes: number[] = [];
  for (let y = top; y < top + size[1]; y += v) {
    for (let x = left; x < left + size[0]; x += h) {
      let [blue, red] = [0, 0];
      for (let i = 0; i < h * v; i++) {
        const [luma, cb, cr] = yccAt(x + (i % h), y + Math.floor(i / h));
        bytes.push(Math.round(luma));
        blue += cb / (h * v);
        red += cr / (h * v);
      }
      bytes.push(Math.round(blue), Math.round(red));
    }
  }
  return Uint8Array.from(bytes);
}

const ycc = ([h, v]: Subsampling, compression: number): TiffTag[] => [
  [259, 3, [compression]],
  [262, 3, [6]],
  [530, 3, [h, v]],
  [532, 5, [0, 1, 255, 1, 128, 1, 255, 1, 128, 1, 255, 1]],
];
const packers: Record<number, (bytes: Uint8Array) => Uint8Array> = {
  1: (bytes) => bytes,
  8: (bytes) => deflateSync(bytes),
  50000: (bytes) => zstdCompressSync(bytes),
};

function strips(subsampling: Subsampling, compression: number, rows: number): Uint8Array {
  const tiles: Uint8Array[] = [];
  for (let top = 0; top < height; top += rows) {
    const part = pack(0, top, [width, Math.min(rows, height - top)], subsampling);
    tiles.push(packers[compression]!(part));
  }
  const tags: TiffTag[] = [...ycc(subsampling, compression), [278, 4, [rows]]];
  return tiffFile([{ width, height, tiles, tags }]);
}

function tiled(subsampling: Subsampling, compression: number, tile = 64): Uint8Array {
  const tiles: Uint8Array[] = [];
  for (let top = 0; top < height; top += tile) {
    for (let left = 0; left < width; left += tile) {
      tiles.push(packers[compression]!(pack(left, top, [tile, tile], subsampling)));
    }
  }
  return tiffFile([{ width, height, tile, tiles, tags: ycc(subsampling, compression) }]);
}

async function read(bytes: Uint8Array): Promise<{ path: string; raster: Raster }> {
  const path = join(folder, `${crypto.randomUUID()}.tif`);
  await writeFile(path, bytes);
  return { path, raster: (await openImage(path)).raster };
}

const kinds: [Subsampling, number][] = [
  [[1, 1], 1],
  [[1, 1], 8],
  [[1, 1], 50000],
  [[2, 1], 1],
  [[2, 2], 1],
  [[2, 2], 8],
  [[4, 2], 1],
];

describe.skipIf(!isKnown)('YCbCr without JPEG', () => {
  it.each(kinds)('subsampled %j with compression %i is what libtiff reads', async (s, c) => {
    for (const bytes of [strips(s, c, 150), strips(s, c, 16), tiled(s, c)]) {
      const { path, raster } = await read(bytes);
      const right = await readByLibtiff(path);
      const { most, mean } = difference(raster.data, right.data);
      // libtiff converts with tables of whole numbers.
      expect(most).toBeLessThanOrEqual(2);
      expect(mean).toBeLessThan(0.5);
    }
  });

  it('with other shares of the colours and a range of 16 to 235', async () => {
    const tags: TiffTag[] = [
      ...ycc([1, 1], 1).filter(([tag]) => tag !== 532),
      [529, 5, [2126, 10000, 7152, 10000, 722, 10000]],
      [532, 5, [16, 1, 235, 1, 128, 1, 240, 1, 128, 1, 240, 1]],
    ];
    const tiles = [pack(0, 0, [width, height], [1, 1])];
    const { path, raster } = await read(tiffFile([{ width, height, tiles, tags }]));
    const { most } = difference(raster.data, (await readByLibtiff(path)).data);
    expect(most).toBeLessThanOrEqual(3);
  });
});

describe('YCbCr that is not converted', () => {
  it.each([
    ['16 bits', [[258, 3, [16, 16, 16]]]],
    ['a predictor on subsampled rows', [[317, 3, [2]]]],
    ['three times as much luma', [[530, 3, [3, 1]]]],
    [
      'planes',
      [
        [284, 3, [2]],
        [258, 3, [8, 8, 8]],
      ],
    ],
  ] as [string, TiffTag[]][])('is refused by name: %s', async (_, changes) => {
    const own = new Set(changes.map(([tag]) => tag));
    const tags = [...ycc([2, 2], 8).filter(([tag]) => !own.has(tag)), ...changes];
    const strip = deflateSync(new Uint8Array(width * height * 6));
    for (const tile of [undefined, 64]) {
      const tiles = Array.from({ length: tile ? 36 : 3 }, () => strip);
      const page = { width, height, tiles, tags, ...(tile ? { tile } : {}) };
      const error = await read(tiffFile([page])).catch((one: unknown) => one);
      expect(error).toMatchObject({ code: 'IMAGE_UNSUPPORTED' });
      expect(String(error)).toMatch(/YCbCr samples of a kind that is not converted/);
    }
  });
});

const cases = join(import.meta.dirname, '../../../shared/cases');
const hasCases = existsSync(cases);
if (!hasCases) console.warn('SKIPPED: no ../shared/cases with files that people have.');

describe.skipIf(!hasCases)('a file that people have', () => {
  it('is the picture that it was made from', async () => {
    const seen = await openImage(join(cases, 'y_444.tif'));
    const right = await openImage(join(cases, 'p_ref.png'));
    expect(difference(seen.raster.data, right.raster.data).mean).toBeLessThan(2);
  });
});
