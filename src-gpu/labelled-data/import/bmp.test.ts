import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bmp } from '../../../test/support/published.ts';
import { tempFolder } from '../../../test/support/temp-folder.ts';
import { readBmp } from './bmp.ts';

const path = join(tempFolder(), 'a.bmp');
const pixels = [
  [1, 2, 3],
  [4, 5, 6],
  [7, 8, 9],
  [10, 11, 12],
  [13, 14, 15],
  [16, 17, 18],
] as const;

describe('readBmp', () => {
  it.each([false, true])(
    'reads rows of 3 pixels, padded to 12 bytes (top down: %s)',
    async (topDown) => {
      writeFileSync(path, bmp(3, 2, pixels, topDown));
      const { width, height, data } = await readBmp(path);
      expect([width, height]).toEqual([3, 2]);
      expect([...data]).toEqual(pixels.flat());
    },
  );

  it.each([
    [
      'a truncated file',
      (file: Buffer) => file.subarray(0, -1),
      'IMAGE_UNREADABLE',
      /3 x 2 pixels but has 77 bytes/,
    ],
    [
      'a file of another kind',
      () => Buffer.from('GIF89a'.padEnd(80)),
      'IMAGE_UNSUPPORTED',
      /is not a bitmap/,
    ],
    [
      'a palette',
      (file: Buffer) => {
        file.writeUInt16LE(8, 28);
        return file;
      },
      'IMAGE_UNSUPPORTED',
      /8 bits per pixel and compression 0/,
    ],
    [
      'a size that no memory holds',
      (file: Buffer) => {
        file.writeInt32LE(2 ** 31 - 1, 18);
        return file;
      },
      'IMAGE_UNREADABLE',
      /2147483647 x 2 pixels/,
    ],
  ])('refuses %s', async (_what, change, code, message) => {
    writeFileSync(path, change(bmp(3, 2, pixels)));
    await expect(readBmp(path)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });
});
