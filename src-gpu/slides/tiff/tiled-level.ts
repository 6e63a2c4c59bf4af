/**
 * A page of tiles as pixels.
 *
 * @module
 */
import { UniCellError } from '../../../shared/errors.ts';
import { noColourWarning } from '../../../shared/image/colour.ts';
import { orientationWarning } from '../../../shared/image/orientation.ts';
import type { ByteSource } from '../bytes/byte-source.ts';
import { blockPixels, type Pixels, type RasterCache } from '../pyramid/pixels.ts';
import { rangeWarnings } from '../sample-range.ts';
import type { SlideWarning } from '../slide.ts';
import { decoderOf } from './compression.ts';
import { brightestOfTile, type CompressedTile, decodeTiles } from './decode-tiles.ts';
import { TAG } from './tiff-tags.ts';
import type { TiledImage, TilePlaces } from './tiled-image.ts';

/** Tiles are decoded in blocks of about this size, which halves what libvips costs per call. */
const BLOCK_PX = 512;

/** @param key Tells the level's blocks from those of the others in the cache. */
export function tiledLevel(
  bytes: ByteSource,
  image: TiledImage,
  key: string,
  cache: RasterCache,
): Pixels {
  const { width, height, tile, columns, rows } = image;
  const tilesPerBlock = (tilePx: number) =>
    // A tile of JPEG 2000 takes longer than the call.
    decoderOf(image.compression) === 'libvips' ? Math.max(1, Math.floor(BLOCK_PX / tilePx)) : 1;
  const across = tilesPerBlock(tile.width);
  const down = tilesPerBlock(tile.height);
  return blockPixels({
    width,
    height,
    block: { width: across * tile.width, height: down * tile.height },
    key,
    cache,
    async load(blockColumn, blockRow, signal) {
      const [left, top] = [blockColumn * across, blockRow * down];
      const inRow = Math.min(across, columns - left);
      const inColumn = Math.min(down, rows - top);
      const tiles = await Promise.all(
        Array.from({ length: inRow * inColumn }, (_, i) =>
          readTile(bytes, image, left + (i % inRow), top + Math.floor(i / inRow), signal),
        ),
      );
      const pixelRows = Math.min(inColumn * tile.height, height - top * tile.height);
      return decodeTiles(bytes.label, image, tiles, {
        columns: inRow,
        // Every tile is whole; the last strip has the rows that are left.
        height: image.isStrips ? pixelRows : inColumn * tile.height,
      });
    },
  });
}

/** What a user should know of a picture by the tags of its page. */
export function pageWarnings(label: string, { samples, orientation }: TiledImage): SlideWarning[] {
  return [
    ...(orientation === 1 ? [] : [orientationWarning(label, orientation)]),
    ...(samples < 3 ? [noColourWarning(label)] : []),
  ];
}

/** Tiles that are looked at for the range of their samples. */
const TILES_TO_TRY = 16;

/**
 * Says when samples of 16 bits hardly use their range and the header does not say how many bits count: by some of
 * the tiles, evenly spread. A tile that is damaged says so when it is read.
 */
export async function deepWarnings(bytes: ByteSource, image: TiledImage): Promise<SlideWarning[]> {
  const isDeep = image.numbers.get(TAG.bitsPerSample)?.[0] === 16;
  if (!isDeep || image.sampleMax !== undefined) return [];
  const { columns, rows, tile } = image;
  const count = columns * rows;
  const tried = Math.min(count, TILES_TO_TRY);
  const places = Array.from({ length: tried }, (_, i) => Math.floor((i * count) / tried));
  const most = await Promise.all(
    places.map(async (place): Promise<number | undefined> => {
      const row = Math.floor(place / columns);
      const parts = await readTile(bytes, image, place % columns, row).catch(() => undefined);
      const rowsLeft = image.height - row * tile.height;
      const height = image.isStrips ? Math.min(tile.height, rowsLeft) : tile.height;
      if (parts === undefined) return undefined;
      return brightestOfTile(bytes.label, image, parts, height).catch(() => undefined);
    }),
  );
  const seen = most.filter((value) => value !== undefined);
  return seen.length === 0 ? [] : rangeWarnings(bytes.label, Math.max(...seen));
}

async function readTile(
  bytes: ByteSource,
  image: TiledImage,
  column: number,
  row: number,
  signal?: AbortSignal,
): Promise<CompressedTile> {
  const index = row * image.columns + column;
  const planes = await Promise.all(
    image.planes.map((places) => readPart(bytes, image, places, places.first + index, signal)),
  );
  const parts = planes.filter((part) => part !== undefined);
  return parts.length === planes.length ? parts : undefined;
}

async function readPart(
  bytes: ByteSource,
  { tile, samples }: TiledImage,
  { offsets, byteCounts }: TilePlaces,
  index: number,
  signal: AbortSignal | undefined,
): Promise<Uint8Array | undefined> {
  const [offset, length] = await Promise.all([
    offsets.get(index, signal),
    byteCounts.get(index, signal),
  ]);
  if (length === 0) return undefined;
  const pixelBytes = tile.width * tile.height * samples * 2;
  if (length > 2 * pixelBytes + 65_536) {
    throw new UniCellError(
      'IMAGE_UNREADABLE',
      `${bytes.label} has a tile of ${tile.width} x ${tile.height} pixels in ${length} bytes, more than such a tile can take. The file is damaged; fetch or export it again.`,
    );
  }
  return bytes.read(offset, length, signal);
}
