/**
 * A slide of any size in a file of a few megabytes: a JPEG pyramid in TIFF tiles whose directory names the same
 * sixteen tiles again and again, so that readers do all the work of a slide that is tissue everywhere.
 *
 * @module
 */
import { writeFile } from 'node:fs/promises';
import sharp from 'sharp';
import type { Raster } from '../../../shared/image/raster.ts';
import type { Size } from '../../../shared/image/source.ts';
import { syntheticField } from '../../../src-gpu/demo/synthetic/field.ts';

const TILE_PX = 256;
const PERIOD_TILES = 4;
const PERIOD_PX = TILE_PX * PERIOD_TILES;
const MPP = 0.25;

const SHORT = 3;
const LONG = 4;
const RATIONAL = 5;

type Entry = readonly [tag: number, type: number, values: ArrayLike<number>];

interface Level {
  readonly size: Size;
  /** Compressed tiles of one period, row by row. */
  readonly tiles: readonly Uint8Array[];
}

/** Writes a pyramid of `size` at 0.25 um per pixel to `path`. */
export async function writeEndlessSlide(path: string, size: Size): Promise<void> {
  const { raster } = syntheticField({ width: PERIOD_PX, height: PERIOD_PX, mpp: MPP, seed: 8 });
  const levels: Level[] = [];
  for (let halvings = 0; ; halvings++) {
    const width = Math.ceil(size.width / 2 ** halvings);
    const height = Math.ceil(size.height / 2 ** halvings);
    levels.push({ size: { width, height }, tiles: await periodTiles(raster, halvings) });
    if (Math.max(width, height) <= TILE_PX) break;
  }
  await writeFile(path, encodeTiff(levels));
}

/** The image that repeats, shrunk `halvings` times and laid side by side to the size it had, in tiles. */
async function periodTiles({ data }: Raster, halvings: number): Promise<Uint8Array[]> {
  const raw = { width: PERIOD_PX, height: PERIOD_PX, channels: 3 } as const;
  const side = Math.max(8, PERIOD_PX >> halvings);
  const small = await sharp(data, { raw }).resize(side, side).png().toBuffer();
  const blank = { width: PERIOD_PX, height: PERIOD_PX, channels: 3, background: '#fff' } as const;
  const period = await sharp({ create: blank })
    .composite([{ input: small, tile: true, top: 0, left: 0 }])
    .removeAlpha()
    .raw()
    .toBuffer();
  const tiles: Uint8Array[] = [];
  for (let place = 0; place < PERIOD_TILES ** 2; place++) {
    const left = (place % PERIOD_TILES) * TILE_PX;
    const top = Math.floor(place / PERIOD_TILES) * TILE_PX;
    const cut = sharp(period, { raw }).extract({ left, top, width: TILE_PX, height: TILE_PX });
    tiles.push(await cut.jpeg({ quality: 85 }).toBuffer());
  }
  return tiles;
}

function encodeTiff(levels: readonly Level[]): Uint8Array {
  const parts: Uint8Array[] = [Uint8Array.of(0x49, 0x49, 42, 0, 0, 0, 0, 0)];
  let end = 8;
  const append = (bytes: Uint8Array): number => {
    const at = end;
    parts.push(bytes);
    end += bytes.length;
    return at;
  };
  /** Where the place of the next directory is to be written: a part, and the offset in it. */
  let link = { part: parts[0]!, at: 4 };
  for (const [index, { size, tiles }] of levels.entries()) {
    const places = tiles.map((tile) => ({ at: append(tile), bytes: tile.length }));
    const columns = Math.ceil(size.width / TILE_PX);
    const rows = Math.ceil(size.height / TILE_PX);
    const shown = Array.from({ length: columns * rows }, (_, i) => {
      const row = Math.floor(i / columns) % PERIOD_TILES;
      return places[row * PERIOD_TILES + ((i % columns) % PERIOD_TILES)]!;
    });
    const perCm = [10_000 / MPP / 2 ** index, 1];
    const entries: Entry[] = [
      [254, LONG, [index === 0 ? 0 : 1]],
      [256, LONG, [size.width]],
      [257, LONG, [size.height]],
      [258, SHORT, [8, 8, 8]],
      [259, SHORT, [7]],
      [262, SHORT, [6]],
      [277, SHORT, [3]],
      [282, RATIONAL, perCm],
      [283, RATIONAL, perCm],
      [284, SHORT, [1]],
      [296, SHORT, [3]],
      [322, LONG, [TILE_PX]],
      [323, LONG, [TILE_PX]],
      [324, LONG, shown.map(({ at }) => at)],
      [325, LONG, shown.map(({ bytes }) => bytes)],
      [530, SHORT, [2, 2]],
    ];
    const directory = encodeDirectory(entries, append);
    append(new Uint8Array(end % 2));
    const at = append(directory);
    new DataView(link.part.buffer).setUint32(link.at, at, true);
    link = { part: directory, at: directory.length - 4 };
  }
  return Buffer.concat(parts);
}

/** Twelve bytes per entry; what does not fit into its four lies elsewhere. */
function encodeDirectory(
  entries: readonly Entry[],
  append: (bytes: Uint8Array) => number,
): Uint8Array {
  const directory = new Uint8Array(2 + 12 * entries.length + 4);
  const view = new DataView(directory.buffer);
  view.setUint16(0, entries.length, true);
  for (const [i, [tag, type, values]] of entries.entries()) {
    const at = 2 + 12 * i;
    const count = type === RATIONAL ? values.length / 2 : values.length;
    view.setUint16(at, tag, true);
    view.setUint16(at + 2, type, true);
    view.setUint32(at + 4, count, true);
    const bytes = encodeValues(type, values);
    if (bytes.length <= 4) directory.set(bytes, at + 8);
    else view.setUint32(at + 8, append(bytes), true);
  }
  return directory;
}

function encodeValues(type: number, values: ArrayLike<number>): Uint8Array {
  const width = type === SHORT ? 2 : 4;
  const bytes = new Uint8Array(values.length * width);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < values.length; i++) {
    if (width === 2) view.setUint16(2 * i, values[i]!, true);
    else view.setUint32(4 * i, values[i]!, true);
  }
  return bytes;
}
