import sharp from 'sharp';
import { streamFor } from '../../shared/random.ts';

/** At 0.5 um per pixel, two by two chunks. */
const side = { width: 4500, height: 4300 };
const tissueWidth = 3000;
const squarePx = 8;

/**
 * Writes a pyramid of red, green and blue squares, which the tiny model finds, on a pale pink ground that counts as
 * tissue; the right third is glass.
 *
 * @param path Of a TIFF.
 */
export async function writeTissue(path: string): Promise<void> {
  const { width, height } = side;
  const data = new Uint8Array(width * height * 3).fill(255);
  const rowOf = (y: number) => data.subarray(y * width * 3, (y * width + tissueWidth) * 3);
  const first = rowOf(0);
  for (let x = 0; x < tissueWidth; x++) first.set([240, 200, 225], x * 3);
  for (let y = 1; y < height; y++) rowOf(y).set(first);
  const random = streamFor(3, 'squares');
  for (let i = 0; i < 20_000; i++) {
    const left = random.bits() % (tissueWidth - squarePx);
    const top = random.bits() % (height - squarePx);
    const line = new Uint8Array(squarePx * 3);
    for (let x = 0; x < squarePx; x++) line[x * 3 + (i % 3)] = 90;
    for (let y = top; y < top + squarePx; y++) data.set(line, (y * width + left) * 3);
  }
  const image = sharp(data, { raw: { width, height, channels: 3 } });
  await image
    .tiff({ tile: true, tileWidth: 256, tileHeight: 256, pyramid: true, compression: 'deflate' })
    .toFile(path);
}
