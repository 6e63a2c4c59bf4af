import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { tissueMask } from '../../shared/tissue/tissue-mask.ts';
import { tempFolder } from '../../test/support/temp-folder.ts';
import { ascii, type TiffPage, tiffFile } from '../../test/support/tiff-file.ts';
import { openSlide } from './open-slide.ts';

const folder = tempFolder();
const path = join(folder, 'large.tif');
const size = { width: 100_000, height: 80_000 };
const tile = 512;
const downsamples = [1, 4, 16, 64];

/** Each level has a colour of its own, and one tile of it another, so that reads tell where they were. */
const colours = ['#c06090', '#b05080', '#a04070', '#903060'];
const marked = { column: 3, row: 2, colour: '#20c020' };

async function jpegTile(background: string): Promise<Uint8Array> {
  const plain = sharp({ create: { width: tile, height: tile, channels: 3, background } });
  return plain.jpeg({ quality: 95, chromaSubsampling: '4:4:4' }).toBuffer();
}

async function level(downsample: number, index: number): Promise<TiffPage> {
  const width = Math.floor(size.width / downsample);
  const height = Math.floor(size.height / downsample);
  const columns = Math.ceil(width / tile);
  const plain = await jpegTile(colours[index]!);
  const other = await jpegTile(marked.colour);
  const tiles = Array.from({ length: columns * Math.ceil(height / tile) }, (_, i) =>
    i === marked.row * columns + marked.column ? other : plain,
  );
  return {
    width,
    height,
    tile,
    tiles,
    tags: [
      [259, 3, [7]],
      [262, 3, [6]],
      [530, 3, [1, 1]],
      [254, 4, [index === 0 ? 0 : 1]],
      [270, 2, ascii(index === 0 ? 'Aperio Image Library|MPP = 0.25' : 'Aperio Image Library')],
    ],
  };
}

beforeAll(async () => {
  const pages = await Promise.all(downsamples.map(level));
  await writeFile(path, tiffFile(pages, { big: true }));
});

const rgb = (hex: string) => [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));

describe('a pyramid of 100,000 x 80,000 pixels', () => {
  it('is a small file here, and opens with its levels', async () => {
    expect((await stat(path)).size).toBeLessThan(2e6);
    const slide = await openSlide(path);
    expect(slide).toMatchObject({ ...size, mpp: 0.25, vendor: 'aperio', reader: 'tiff' });
    expect(slide.levels.map(({ downsample }) => Math.round(downsample))).toEqual(downsamples);
    await slide.close();
  });

  it.each([
    [1, 0],
    [2, 0],
    [3.9, 0],
    [4, 1],
    [8, 1],
    [16, 2],
    [40, 2],
    [64, 3],
    [500, 3],
  ])('at 1/%d reads level %i', async (downsample, expected) => {
    const slide = await openSlide(path);
    const target = {
      width: Math.round(size.width / downsample),
      height: Math.round(size.height / downsample),
    };
    const middle = { x: target.width >> 1, y: target.height >> 1, width: 16, height: 16 };
    const { data } = await slide.read(middle, target);
    for (const [channel, value] of rgb(colours[expected]!).entries()) {
      expect(Math.abs(data[channel]! - value)).toBeLessThan(4);
    }
    await slide.close();
  });

  it('puts every tile where it belongs, to the last one', async () => {
    const slide = await openSlide(path);
    const left = marked.column * tile;
    const top = marked.row * tile;
    const region = { x: left - 1, y: top - 1, width: 2, height: 2 };
    const { data } = await slide.read(region, slide);
    const isMarked = [0, 1, 2, 3].map((i) => data[i * 3 + 1]! > 150);
    expect(isMarked).toEqual([false, false, false, true]);
    const corner = { x: 99_990, y: 79_990, width: 20, height: 20 };
    const last = await slide.read(corner, slide);
    expect(
      [...last.data.slice(0, 3)].map((v, i) => Math.abs(v - rgb(colours[0]!)[i]!) < 4),
    ).toEqual([true, true, true]);
    expect([...last.data.slice(-3)]).toEqual([255, 255, 255]);
    await slide.close();
  });

  it('takes no more memory for many windows than its cache', async () => {
    const slide = await openSlide(path, { cacheBytes: 32e6 });
    const target = { width: size.width / 2, height: size.height / 2 };
    const at = (i: number) => ({ x: (i * 7919) % 49_000, y: (i * 104_729) % 39_000 });
    const read = async (from: number, to: number) => {
      for (let i = from; i < to; i++) {
        await slide.read({ ...at(i), width: 256, height: 256 }, target);
      }
    };
    await read(0, 20);
    const before = process.memoryUsage().rss;
    await read(20, 60);
    expect(process.memoryUsage().rss - before).toBeLessThan(150e6);
    await slide.close();
  });

  it('has a tissue mask from its coarsest levels', async () => {
    const slide = await openSlide(path);
    const mask = await tissueMask(slide);
    expect(Math.max(mask.width, mask.height)).toBe(4096);
    expect(mask.fraction).toBe(1);
    await slide.close();
  });
});
