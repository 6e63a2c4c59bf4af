import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { cellPixels } from '../api/images.ts';

/** A slide that was made. */
export interface CellPyramid {
  readonly path: string;
  readonly file: Uint8Array<ArrayBuffer>;
}

/** Writes a tiled pyramid with a black cell of 8 x 8 pixels at every fifth place of the grid. */
export async function cellPyramid(
  folder: string,
  width: number,
  height: number,
  compression: 'deflate' | 'none' = 'deflate',
): Promise<CellPyramid> {
  const cells: [number, number][] = [];
  for (let row = 0; row < Math.floor(height / 8); row++) {
    for (let column = (row * 3) % 5; column < Math.floor(width / 8); column += 5) {
      cells.push([column, row]);
    }
  }
  const raw = { width, height, channels: 3 as const };
  const file = await sharp(cellPixels(width, height, cells), { raw })
    .tiff({ tile: true, tileWidth: 256, tileHeight: 256, pyramid: true, compression })
    .toBuffer();
  const path = join(folder, 'cells.tif');
  await writeFile(path, file);
  return { path, file: new Uint8Array(file) };
}
