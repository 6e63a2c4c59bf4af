/**
 * Compressed tiles to pixels.
 *
 * @module
 */
import { UniCellError } from '../../../shared/errors.ts';
import { checkScans } from '../../../shared/image/jpeg-scans.ts';
import type { Raster } from '../../../shared/image/raster.ts';
import { copyPixels } from '../../../shared/image/read-on-white.ts';
import { brightestSample, decodeRgb } from '../decode-rgb.ts';
import { decodeJpeg2000 } from '../jpeg2000/decode-jpeg2000.ts';
import { decoderOf, JPEG, ZSTANDARD } from './compression.ts';
import { recodeZstandard } from './recode-zstandard.ts';
import { TAG } from './tiff-tags.ts';
import type { TiledImage } from './tiled-image.ts';
import { type TileBlock, wrapTiles } from './wrap-tiles.ts';
import { unitBytes, unpackUnits, type Ycc, yccToRgb } from './ycc.ts';

/** The bytes of one tile, one part per plane; `undefined` for a tile that the file leaves out. */
export type CompressedTile = readonly Uint8Array[] | undefined;

/**
 * Decodes a block of tiles. A tile that was left out is white: scanners write none where there is only
 * glass.
 *
 * @param tiles Row by row.
 * @throws {UniCellError} `IMAGE_UNREADABLE`.
 */
export async function decodeTiles(
  label: string,
  image: TiledImage,
  tiles: readonly CompressedTile[],
  block: TileBlock,
): Promise<Raster> {
  const whole = tiles.filter((tile) => tile !== undefined);
  if (whole.length === tiles.length && decoderOf(image.compression) === 'libvips') {
    return decodePlanes(label, image, whole, block);
  }
  const { columns } = block;
  const { width } = image.tile;
  const size = { width: width * columns, height: block.height };
  const to = { ...size, data: new Uint8Array(size.width * size.height * 3).fill(255) };
  await Promise.all(
    tiles.map(async (tile, i) => {
      if (!tile) return;
      const [column, row] = [i % columns, Math.floor(i / columns)];
      const top = row * image.tile.height;
      const height = Math.min(image.tile.height, block.height - top);
      const raster = await decodeOne(label, image, tile, height);
      copyPixels(raster, { x: 0, y: 0, width, height }, to, column * width, top);
    }),
  );
  return to;
}

/**
 * The brightest of the 16-bit samples of a tile.
 *
 * @throws {Error} When it cannot be decoded.
 */
export async function brightestOfTile(
  label: string,
  image: TiledImage,
  parts: readonly Uint8Array[],
  height: number,
): Promise<number> {
  const found = await Promise.all(
    parts.slice(0, 3).map(async (part) => {
      const coded =
        image.compression === ZSTANDARD ? await recodeZstandard(label, image, [part]) : undefined;
      const block = { columns: 1, height };
      const wrapped = wrapTiles(coded?.image ?? image, coded?.tiles ?? [part], block);
      return brightestSample(wrapped);
    }),
  );
  return Math.max(...found);
}

function decodeOne(
  label: string,
  image: TiledImage,
  tile: readonly Uint8Array[],
  height: number,
): Promise<Raster> {
  if (decoderOf(image.compression) === 'libvips') {
    return decodePlanes(label, image, [tile], { columns: 1, height });
  }
  const { photometric, compression } = image;
  const isYcc = compression === 33003 || photometric === 6 || image.isOfLibvips;
  return decodeJpeg2000(label, tile[0]!, { width: image.tile.width, height }, isYcc);
}

async function decodePlanes(
  label: string,
  image: TiledImage,
  tiles: readonly (readonly Uint8Array[])[],
  block: TileBlock,
): Promise<Raster> {
  if (image.compression === JPEG) requireWholeJpegs(label, tiles.flat());
  const planes = await Promise.all(
    tiles[0]!.map(async (_, plane) => {
      const parts = tiles.map((tile) => tile[plane]!);
      return decodePlane(label, image, parts, block);
    }),
  );
  const raster = planes.length === 1 ? planes[0]! : interleaved(planes);
  return image.ycc ? yccToRgb(image.ycc, raster) : raster;
}

/** One plane: RGB, or luma and chroma as RGB, or a sample that is copied to three channels. */
async function decodePlane(
  label: string,
  image: TiledImage,
  tiles: readonly Uint8Array[],
  block: TileBlock,
): Promise<Raster> {
  const { ycc, compression } = image;
  const isSubsampled = ycc && unitBytes(ycc) > 3;
  const asStored = isSubsampled ? unitsAsGrey(image, ycc, block) : { image, block };
  const coded =
    compression === ZSTANDARD ? await recodeZstandard(label, asStored.image, tiles) : undefined;
  const wrapped = wrapTiles(coded?.image ?? asStored.image, coded?.tiles ?? tiles, asStored.block);
  const stored = asStored.image.tile.width * block.columns * asStored.block.height;
  const raster = await decodeRgb(wrapped, label, {
    ...{ maxPixels: stored, isTiff: true, sampleMax: image.sampleMax },
  });
  return isSubsampled ? fromUnits(image, ycc, raster, block) : raster;
}

/** Each plane came back as grey, copied to three channels. A fourth is transparency, laid on white. */
function interleaved(planes: readonly Raster[]): Raster {
  const { width, height } = planes[0]!;
  const data = new Uint8Array(width * height * 3);
  const alpha = planes[3]?.data;
  for (const [channel, plane] of planes.slice(0, 3).entries()) {
    for (let i = 0; i < data.length; i += 3) {
      const value = plane.data[i]!;
      data[i + channel] = alpha ? Math.round(255 + ((value - 255) * alpha[i]!) / 255) : value;
    }
  }
  return { width, height, data };
}

/** Units of luma and chroma as a grey image that is as wide as a row of them. */
function unitsAsGrey(image: TiledImage, ycc: Ycc, block: TileBlock) {
  const { tile } = image;
  const { subsampling } = ycc;
  const rowsOf = (height: number) => Math.ceil(height / subsampling.height);
  const numbers = new Map(image.numbers).set(TAG.bitsPerSample, [8]);
  numbers.delete(TAG.yCbCrSubsampling);
  numbers.delete(TAG.sampleFormat);
  const width = Math.ceil(tile.width / subsampling.width) * unitBytes(ycc);
  return {
    image: {
      ...{ ...image, numbers, photometric: 1, samples: 1, ycc: undefined },
      tile: { width, height: rowsOf(tile.height) },
    },
    block: { ...block, height: rowsOf(block.height) },
  };
}

/** Tile by tile, since the units of each start a row of their own. */
function fromUnits(image: TiledImage, ycc: Ycc, stored: Raster, block: TileBlock): Raster {
  const { width } = image.tile;
  const size = { width: width * block.columns, height: block.height };
  const to = { ...size, data: new Uint8Array(size.width * size.height * 3) };
  const storedWidth = stored.width / block.columns;
  for (let column = 0; column < block.columns; column++) {
    for (let top = 0; top < block.height; top += image.tile.height) {
      const height = Math.min(image.tile.height, block.height - top);
      const rows = Math.ceil(height / ycc.subsampling.height);
      const firstRow = top / ycc.subsampling.height;
      const units = new Uint8Array(storedWidth * rows);
      for (let row = 0; row < rows; row++) {
        const from = (firstRow + row) * stored.width + column * storedWidth;
        for (let i = 0; i < storedWidth; i++) {
          units[row * storedWidth + i] = stored.data[(from + i) * 3]!;
        }
      }
      const part = { width, height, data: unpackUnits(ycc, units, { width, height }) };
      copyPixels(part, { x: 0, y: 0, width, height }, to, column * width, top);
    }
  }
  return to;
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
