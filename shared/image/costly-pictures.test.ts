import sharp, { type Sharp } from 'sharp';
import { describe, expect, it } from 'vitest';
import { manyScans, surplusData } from '../../test/support/costly-pictures.ts';
import { imageSizeOf } from './image-header.ts';
import { checkScans, MAX_SCANS } from './jpeg-scans.ts';
import { checkPngData } from './png-data.ts';

const unreadable = (message: RegExp) =>
  expect.objectContaining({ code: 'IMAGE_UNREADABLE', message: expect.stringMatching(message) });
const noise = (side: number) => {
  const data = new Uint8Array(side * side * 3).map((_, i) => (i * 7919) % 251);
  return sharp(data, { raw: { width: side, height: side, channels: 3 } });
};
const bytesOf = async (image: Sharp) => new Uint8Array(await image.toBuffer());

describe('the scans of a JPEG', () => {
  it.each([false, true])('are as many as encoders write (progressive: %s)', async (progressive) => {
    const jpeg = await bytesOf(noise(200).jpeg({ progressive, optimiseScans: progressive }));
    expect(imageSizeOf(jpeg, 'image/jpeg')).toEqual({ width: 200, height: 200 });
  });

  it('are counted to the end of the picture, and not behind it', async () => {
    const many = await manyScans(64, 20_000);
    expect(() => imageSizeOf(many, 'image/jpeg')).toThrow(unreadable(/more than 64 scans/));
    expect(() => checkScans(many, 'The picture')).toThrow(unreadable(/more than 64 scans/));
    const plain = await bytesOf(noise(64).jpeg());
    const tail = Buffer.concat([plain, ...new Array(99).fill(Buffer.from([0xff, 0xda, 0, 2]))]);
    expect(imageSizeOf(new Uint8Array(tail), 'image/jpeg').width).toBe(64);
    const few = await manyScans(64, MAX_SCANS - 20);
    expect(imageSizeOf(few, 'image/jpeg').width).toBe(64);
  });

  it('are no reason to go on for ever in a file of any bytes', () => {
    for (const fill of [[0xff], [0xff, 0], [0xff, 0xc4, 0, 0], [0xff, 0xd0]]) {
      const bytes = Uint8Array.from({ length: 1e6 }, (_, i) => fill[i % fill.length]!);
      checkScans(bytes, 'The picture');
    }
  });
});

describe('the data of a PNG', () => {
  it.each([
    ['plain', {}],
    ['interlaced', { progressive: true }],
    ['with a palette', { palette: true, colours: 16 }],
    ['not compressed', { compressionLevel: 0 }],
  ] as const)('are enough when %s', async (_name, options) => {
    for (const side of [301, 512]) {
      await checkPngData(await bytesOf(noise(side).png(options)));
      await checkPngData(await bytesOf(noise(side).ensureAlpha().png(options)));
      await checkPngData(
        await bytesOf(noise(side).greyscale().toColourspace('grey16').png(options)),
      );
    }
  });

  it('are too many when they go on behind the pixels', async () => {
    await expect(checkPngData(surplusData(64, 3e8))).rejects.toEqual(unreadable(/more data/));
    await checkPngData(surplusData(64, 0));
  });

  it('are let alone when they are damaged: the decoder says what is wrong', async () => {
    const png = await bytesOf(noise(400).png());
    png.fill(7, 5000, 6000);
    await checkPngData(png);
    await checkPngData(png.slice(0, 90_000));
  });
});
