/**
 * Wraps compressed tiles as a TIFF of their own, so that libvips decodes them: each codec, predictor and
 * colour space then means exactly what it means to libtiff, wherever the tiles came from.
 *
 * @module
 */

import { TAG } from './tiff-tags.ts';
import type { TiledImage } from './tiled-image.ts';

const SHORT = 3;
const LONG = 4;
const UNDEFINED = 7;

type Field = readonly [tag: number, type: number, values: ArrayLike<number>];

/** How tiles lie that are decoded together. */
export interface TileBlock {
  /** Tiles per row; strips have one. */
  readonly columns: number;
  /** Rows of pixels. */
  readonly height: number;
}

/**
 * A classic TIFF of some tiles or strips.
 *
 * @param image Where the tiles come from.
 * @param tiles Compressed tiles, row by row; of one plane when the image is planar.
 */
export function wrapTiles(
  image: TiledImage,
  tiles: readonly Uint8Array[],
  { columns, height }: TileBlock,
): Uint8Array {
  const { tile, isStrips, layout, numbers, jpegTables } = image;
  const [offsets, byteCounts] = isStrips
    ? [TAG.stripOffsets, TAG.stripByteCounts]
    : [TAG.tileOffsets, TAG.tileByteCounts];
  const fields: Field[] = [
    [TAG.width, LONG, [tile.width * columns]],
    [TAG.height, LONG, [height]],
    [TAG.bitsPerSample, SHORT, planeOf(image, numbers.get(TAG.bitsPerSample) ?? [8])],
    [TAG.compression, SHORT, [image.compression]],
    [TAG.photometric, SHORT, [photometricOf(image)]],
    [TAG.samplesPerPixel, SHORT, [image.isPlanar ? 1 : image.samples]],
    [offsets, LONG, tiles.map(() => 0)],
    [byteCounts, LONG, tiles.map((bytes) => bytes.length)],
  ];
  if (isStrips) fields.push([TAG.rowsPerStrip, LONG, [tile.height]]);
  else fields.push([TAG.tileWidth, LONG, [tile.width]], [TAG.tileHeight, LONG, [tile.height]]);
  for (const tag of [TAG.predictor, TAG.extraSamples, TAG.sampleFormat, TAG.yCbCrSubsampling]) {
    const values = numbers.get(tag);
    const isOfOthers =
      (image.isPlanar && tag === TAG.extraSamples) || (image.ycc && tag === TAG.yCbCrSubsampling);
    if (values && !isOfOthers) {
      fields.push([tag, SHORT, tag === TAG.sampleFormat ? planeOf(image, values) : values]);
    }
  }
  if (jpegTables) fields.push([TAG.jpegTables, UNDEFINED, jpegTables]);
  return write(
    fields.sort(([a], [b]) => a - b),
    tiles,
    layout.little,
  );
}

/** Luma and chroma that no codec converts come as they are when they are called RGB. */
function photometricOf({ isPlanar, ycc, photometric }: TiledImage): number {
  // Of colours in pages of their own each is grey, as it says.
  if (isPlanar) return Math.min(photometric, 1);
  return ycc ? 2 : photometric;
}

function planeOf({ isPlanar }: TiledImage, values: readonly number[]): readonly number[] {
  return isPlanar ? values.slice(0, 1) : values;
}

/** Header, directory, values that do not fit their entries, tiles. */
function write(
  fields: readonly Field[],
  tiles: readonly Uint8Array[],
  little: boolean,
): Uint8Array {
  const directoryEnd = 8 + 2 + fields.length * 12 + 4;
  const valueBytes = fields.map(([, type, values]) => values.length * bytesOf(type));
  const outside = valueBytes
    .filter((length) => length > 4)
    .reduce((sum, n) => sum + n + (n & 1), 0);
  const tilesStart = directoryEnd + outside;
  const size = tiles.reduce((sum, { length }) => sum + length, tilesStart);
  const file = new Uint8Array(size);
  const view = new DataView(file.buffer);
  view.setUint16(0, little ? 0x4949 : 0x4d4d);
  view.setUint16(2, 42, little);
  view.setUint32(4, 8, little);
  view.setUint16(8, fields.length, little);
  let free = directoryEnd;
  for (const [i, [tag, type, given]] of fields.entries()) {
    const values =
      tag === TAG.tileOffsets || tag === TAG.stripOffsets ? starts(tiles, tilesStart) : given;
    const entry = 10 + i * 12;
    view.setUint16(entry, tag, little);
    view.setUint16(entry + 2, type, little);
    view.setUint32(entry + 4, values.length, little);
    const length = valueBytes[i]!;
    const at = length > 4 ? free : entry + 8;
    if (length > 4) {
      view.setUint32(entry + 8, free, little);
      free += length + (length & 1);
    }
    for (let k = 0; k < values.length; k++) {
      if (type === SHORT) view.setUint16(at + 2 * k, values[k]!, little);
      else if (type === LONG) view.setUint32(at + 4 * k, values[k]!, little);
      else view.setUint8(at + k, values[k]!);
    }
  }
  let at = tilesStart;
  for (const tile of tiles) {
    file.set(tile, at);
    at += tile.length;
  }
  return file;
}

function starts(tiles: readonly Uint8Array[], first: number): number[] {
  let at = first;
  return tiles.map((tile) => {
    const start = at;
    at += tile.length;
    return start;
  });
}

function bytesOf(type: number): number {
  return type === LONG ? 4 : type === SHORT ? 2 : 1;
}
