/** Images for request fixtures: what they show is known, so the answer is too. */

import sharp from 'sharp';

/** A white image with black cells of 8 x 8 pixels, given by column and row of the tiny model's grid. */
export function cellPixels(
  width: number,
  height: number,
  cells: readonly (readonly [number, number])[],
): Uint8Array<ArrayBuffer> {
  const pixels = new Uint8Array(width * height * 3).fill(255);
  for (const [column, row] of cells) {
    for (let y = 8 * row; y < 8 * row + 8; y++) {
      pixels.fill(0, (y * width + 8 * column) * 3, (y * width + 8 * column + 8) * 3);
    }
  }
  return pixels;
}

/** The same as a file. */
export async function encode(
  pixels: Uint8Array,
  width: number,
  height: number,
  format: 'png' | 'jpeg' | 'webp' | 'tiff',
): Promise<Uint8Array<ArrayBuffer>> {
  const image = sharp(pixels, { raw: { width, height, channels: 3 } });
  const file = await image.toFormat(format, { quality: 95, lossless: true }).toBuffer();
  return new Uint8Array(file);
}
