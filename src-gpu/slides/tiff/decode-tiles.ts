/**
 * Compressed tiles to pixels.
 *
 * @module
 */
import { UniCellError } from '../../../shared/errors.ts';
import { checkScans } from '../../../shared/image/jpeg-scans.ts';
import type { Raster } from '../../../shared/image/raster.ts';
import { copyPixels } from '../../../shared/image/read-on-white.ts';
import { decodeRgb } from '../decode-rgb.ts';
import { decodeJpeg2000 } from '../jpeg2000/decode-jpeg2000.ts';
import { decoderOf, JPEG, ZSTANDARD } from './compression.ts';
import { recodeZstandard } from './recode-zstandard.ts';
import type { TiledImage } from './tiled-image.ts';
import { wrapTiles } from './wrap-tiles.ts';

/** The bytes of one tile, one part per plane; `undefined` for a tile that the file leaves out. */
export type CompressedTile = readonly Uint8Array[] | undefined;

/**
 * Decodes a block of tiles. A tile that was left out is white: scanners write none where there is only
 * glass.
 *
 * @param tiles Row by row.
 * @param columns Tiles per row of the block.
 * @throws {UniCellError} `IMAGE_UNREADABLE`.
 */
export async function decodeTiles(
  label: string,
  image: TiledImage,
  tiles: readonly CompressedTile[],
  columns: number,
): Promise<Raster> {
  const whole = tiles.filter((tile) => tile !== undefined);
  if (whole.length === tiles.length && decoderOf(image.compression) === 'libvips') {
    return decodePlanes(label, image, whole, columns);
  }
  const { width, height } = image.tile;
  const block = {
    width: width * columns,
    height: height * (tiles.length / columns),
    data: new Uint8Array(width * height * tiles.length * 3).fill(255),
  };
  await Promise.all(
    tiles.map(async (tile, i) => {
      if (!tile) return;
      const raster = await decodeOne(label, image, tile);
      const [column, row] = [i % columns, Math.floor(i / columns)];
      const area = { x: 0, y: 0, width, height };
      copyPixels(raster, area, block, column * width, row * height);
    }),
  );
  return block;
}

function decodeOne(label: string, image: TiledImage, tile: readonly Uint8Array[]): Promise<Raster> {
  if (decoderOf(image.compression) === 'libvips') return decodePlanes(label, image, [tile], 1);
  const { photometric, compression } = image;
  const isYcc = compression === 33003 || photometric === 6;
  return decodeJpeg2000(label, tile[0]!, image.tile, isYcc);
}

async function decodePlanes(
  label: string,
  image: TiledImage,
  tiles: readonly (readonly Uint8Array[])[],
  columns: number,
): Promise<Raster> {
  if (image.compression === JPEG) requireWholeJpegs(label, tiles.flat());
  const pixels = image.tile.width * image.tile.height * tiles.length;
  const planes = await Promise.all(
    tiles[0]!.map(async (_, plane) => {
      const given = { image, tiles: tiles.map((tile) => tile[plane]!) };
      const coded =
        image.compression === ZSTANDARD ? await recodeZstandard(label, image, given.tiles) : given;
      const wrapped = wrapTiles(coded.image, coded.tiles, columns);
      return decodeRgb(wrapped, label, { maxPixels: pixels, isTiff: true });
    }),
  );
  const [first, ...others] = planes;
  if (others.length === 0) return first!;
  const { width, height } = first!;
  const data = new Uint8Array(pixels * 3);
  for (const [channel, plane] of planes.entries()) {
    // Each plane came back as grey, copied to three channels.
    for (let i = 0; i < data.length; i += 3) data[i + channel] = plane.data[i]!;
  }
  return { width, height, data };
}

/**
 * libjpeg paints grey what a tile that was cut off lacks, and says nothing. In coded data FF D9 stands
 * only at the end of the image (ITU-T T.81, section B.1.1.3); writers may pad what follows.
 */
function requireWholeJpegs(label: string, tiles: readonly Uint8Array[]): void {
  for (const tile of tiles) {
    let at = tile.length - 2;
    while (at >= 0 && !(tile[at] === 0xff && tile[at + 1] === 0xd9)) at -= 1;
    if (at < 0) {
      throw new UniCellError(
        'IMAGE_UNREADABLE',
        `${label} has a JPEG tile of ${tile.length} bytes without an end. The file is damaged or truncated; fetch or export it again.`,
      );
    }
    checkScans(tile, `A tile of ${label}`);
  }
}
