import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import type { FramePixels } from '../../../shared/dicomweb/wsm-instance.ts';
import { decodeFrame } from './decode-frame.ts';

const side = 16;
const pixels: FramePixels = {
  tile: { width: side, height: side },
  samples: 3,
  bitsAllocated: 8,
  photometric: 'YBR_FULL_422',
  isPlanar: false,
  transferSyntax: undefined,
};
const part = (bytes: Uint8Array, transferSyntax?: string) => ({
  bytes: new Uint8Array(bytes),
  mediaType: 'application/octet-stream',
  transferSyntax,
});

/** A JPEG of one colour; its components as Rec. 601 makes them. */
async function jpegOf(colour: readonly [number, number, number], chromaSubsampling = '4:4:4') {
  const data = Uint8Array.from({ length: side * side * 3 }, (_, i) => colour[i % 3]!);
  const raw = { width: side, height: side, channels: 3 as const };
  return new Uint8Array(
    await sharp(data, { raw }).jpeg({ quality: 100, chromaSubsampling }).toBuffer(),
  );
}

/** The same with a JFIF segment, which says that the components are YCbCr; libvips writes none. */
function outspoken(jpeg: Uint8Array): Uint8Array {
  const jfif = [0xff, 0xe0, 0, 16, 0x4a, 0x46, 0x49, 0x46, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0];
  return new Uint8Array([...jpeg.subarray(0, 2), ...jfif, ...jpeg.subarray(2)]);
}

const colour = [180, 130, 90] as const;
/** Luma and chromas of the colour (ITU-T T.871, section 6). */
const components = [140, 99, 156] as const;

async function firstPixel(bytes: Uint8Array, photometric: string): Promise<number[]> {
  const raster = await decodeFrame(part(bytes), { ...pixels, photometric });
  return [...raster.data.subarray(0, 3)];
}

const close = (expected: readonly number[]) => expected.map((value) => expect.closeTo(value, -0.5));

describe('a frame of JPEG', () => {
  it.each([
    ['as its file says', 'YBR_FULL_422', true, colour],
    ['as its instance says, when its file does not', 'YBR_FULL_422', false, colour],
    ['as RGB when its instance says so and its file nothing', 'RGB', false, components],
    ['as its file says, against its instance', 'RGB', true, colour],
  ])('has its colours %s', async (_name, photometric, isOutspoken, expected) => {
    const jpeg = await jpegOf(colour);
    expect(await firstPixel(isOutspoken ? outspoken(jpeg) : jpeg, photometric)).toEqual(
      close(expected),
    );
  });

  it('is not RGB when its components are subsampled', async () => {
    expect(await firstPixel(await jpegOf(colour, '4:2:0'), 'RGB')).toEqual(close(colour));
  });

  it.each([
    ['lossless', 0xc3, 8, '1.2.840.10008.1.2.4.70', /JPEG Lossless, First-Order Prediction/],
    ['of 12 bits', 0xc1, 12, undefined, /JPEG of a kind other than/],
    ['LS', 0xf7, 8, '1.2.840.10008.1.2.4.81', /JPEG-LS Near-Lossless/],
  ])('%s is refused by name', async (_name, process, bits, syntax, message) => {
    const header = Uint8Array.of(
      0xff,
      0xd8,
      0xff,
      process,
      0,
      11,
      bits,
      0,
      16,
      0,
      16,
      1,
      1,
      0x11,
      0,
    );
    await expect(decodeFrame(part(header, syntax), pixels)).rejects.toMatchObject({
      code: 'IMAGE_UNSUPPORTED',
      message: expect.stringMatching(message),
    });
  });

  it('of another size is refused', async () => {
    const small = { ...pixels, tile: { width: 8, height: 16 } };
    await expect(decodeFrame(part(await jpegOf(colour)), small)).rejects.toMatchObject({
      code: 'IMAGE_UNREADABLE',
      message: expect.stringMatching(/16 x 16 pixels where its instance says 8 x 16/),
    });
  });
});

describe('a frame of plain pixels', () => {
  const plain = '1.2.840.10008.1.2.1';
  const count = side * side;

  it.each([
    ['pixel by pixel', { photometric: 'RGB' }, (i: number) => colour[i % 3]!, 3],
    [
      'sample by sample',
      { photometric: 'RGB', isPlanar: true },
      (i: number) => colour[Math.floor(i / count)]!,
      3,
    ],
  ])('is read %s', async (_name, changes, at, samples) => {
    const bytes = Uint8Array.from({ length: count * samples }, (_, i) => at(i));
    const raster = await decodeFrame(part(bytes, plain), { ...pixels, ...changes });
    expect([...raster.data.subarray(0, 6)]).toEqual([...colour, ...colour]);
  });

  it('may be grey', async () => {
    const grey = { ...pixels, samples: 1, photometric: 'MONOCHROME2' };
    const raster = await decodeFrame(part(new Uint8Array(count).fill(77), plain), grey);
    expect(new Set(raster.data)).toEqual(new Set([77]));
    expect(raster.data).toHaveLength(count * 3);
  });

  it('is known by its length, also with a byte too many', async () => {
    const odd = { ...pixels, tile: { width: 1, height: 1 }, photometric: 'RGB' };
    const raster = await decodeFrame(part(Uint8Array.of(1, 2, 3, 0)), odd);
    expect([...raster.data]).toEqual([1, 2, 3]);
  });

  it.each([
    [{ photometric: 'RGB', bitsAllocated: 16 }, 'IMAGE_UNSUPPORTED', /with 16 bits/],
    [{ photometric: 'PALETTE COLOR', samples: 1 }, 'IMAGE_UNSUPPORTED', /PALETTE COLOR/],
    [{ photometric: 'RGB', tile: { width: 99, height: 99 } }, 'IMAGE_UNREADABLE', /99 x 99/],
  ])('%j is refused', async (changes, code, message) => {
    const frame = part(new Uint8Array(count * 3), plain);
    await expect(decodeFrame(frame, { ...pixels, ...changes })).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });
});

describe('a frame of another kind', () => {
  it.each([
    [undefined, 'IMAGE_UNREADABLE', /neither JPEG nor JPEG 2000/],
    ['1.2.840.10008.1.2.5', 'IMAGE_UNSUPPORTED', /RLE Lossless/],
    ['1.2.840.10008.1.2.4.112', 'IMAGE_UNSUPPORTED', /JPEG XL/],
    ['1.2.3.4', 'IMAGE_UNSUPPORTED', /transfer syntax 1\.2\.3\.4/],
  ])('(%s) is refused', async (syntax, code, message) => {
    await expect(decodeFrame(part(new Uint8Array(99), syntax), pixels)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });
});
