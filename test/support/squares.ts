import { writeFile } from 'node:fs/promises';
import sharp from 'sharp';

/** A nucleus to the tiny model: column and row of its 8x8 cell, and the index of its class (colour). */
export type Square = readonly [column: number, row: number, kind: number];

export const squaresSize = { width: 160, height: 112 };

/**
 * Writes a white PNG of 160 x 112 pixels with squares of 8 x 8, red, green or blue. At 0.5 um per pixel
 * the tiny model finds exactly these, at (8 column + 4, 8 row + 4): windows
 * of 64 with a halo of 8 then start at multiples of 48, so that cells lie on cells.
 */
export async function writeSquares(path: string, squares: readonly Square[]): Promise<void> {
  const { width, height } = squaresSize;
  const data = new Uint8Array(width * height * 3).fill(255);
  for (const [column, row, kind] of squares) {
    for (let y = row * 8; y < row * 8 + 8; y++) {
      for (let x = column * 8; x < column * 8 + 8; x++) {
        const at = (y * width + x) * 3;
        data.set([0, 0, 0], at);
        data[at + kind] = 255;
      }
    }
  }
  await writeFile(
    path,
    await sharp(data, { raw: { width, height, channels: 3 } })
      .png()
      .toBuffer(),
  );
}
