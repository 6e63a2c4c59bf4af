/** TIFF that is small and hard to read. */
import { type TiffPage, tiffFile } from './tiff-file.ts';

/** A TIFF of one page. */
export function tiffOf(page: TiffPage, options?: Parameters<typeof tiffFile>[1]): Buffer {
  return Buffer.from(tiffFile([page], options));
}

/** A TIFF of 48 megapixels in tiles that nobody writes, and hardly a byte of them. */
export function oddTiles(tile: number): Buffer {
  return tiffOf({ width: 8000, height: 6000, tile, tiles: [new Uint8Array(3)] });
}

/** A TIFF that says of its pixels that they are compressed in another way (tag 259). */
export function withCompression(tiff: Buffer, code: number): Buffer {
  const file = Buffer.from(tiff);
  const at = file.readUInt32LE(4);
  for (let entry = 0; entry < file.readUInt16LE(at); entry++) {
    const place = at + 2 + 12 * entry;
    if (file.readUInt16LE(place) === 259) file.writeUInt16LE(code, place + 8);
  }
  return file;
}
