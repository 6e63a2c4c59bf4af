/**
 * A page of a TIFF whose pixels lie in tiles.
 *
 * @module
 */
import { UniCellError } from '../../../shared/errors.ts';
import type { Size } from '../../../shared/image/source.ts';
import { compressionName, decoderOf } from './compression.ts';
import type { TiffArray } from './tiff-array.ts';
import type { TiffDirectory, TiffLayout } from './tiff-directory.ts';
import { TAG } from './tiff-tags.ts';

export interface TiledImage extends Size {
  readonly tile: Size;
  /** Tiles per row. */
  readonly columns: number;
  readonly rows: number;
  readonly compression: number;
  /** Tag 262. */
  readonly photometric: number;
  readonly samples: number;
  /** Whether each sample has tiles of its own. */
  readonly isPlanar: boolean;
  /** Where each tile lies; row by row, plane by plane. */
  readonly offsets: TiffArray;
  readonly byteCounts: TiffArray;
  readonly layout: TiffLayout;
  readonly jpegTables: Uint8Array | undefined;
  /** Tags that a decoder needs as they stand. */
  readonly numbers: ReadonlyMap<number, readonly number[]>;
}

const copied = [
  TAG.bitsPerSample,
  TAG.predictor,
  TAG.extraSamples,
  TAG.sampleFormat,
  TAG.yCbCrSubsampling,
];

const MAX_TILE_PIXELS = 4096 * 4096;
const GREY_AND_RGB = [0, 1, 2, 6];

/**
 * Reads what is needed to decode the tiles of a page.
 *
 * @returns `undefined` for a page without tiles.
 * @throws {UniCellError} `IMAGE_UNREADABLE` when the page has no pixels, or fewer tiles than pixels need.
 */
export async function readTiledImage(
  label: string,
  directory: TiffDirectory,
): Promise<TiledImage | undefined> {
  if (!directory.has(TAG.tileOffsets)) return undefined;
  const number = async (tag: number, otherwise: number) =>
    (await directory.number(tag)) ?? otherwise;
  const width = await number(TAG.width, 0);
  const height = await number(TAG.height, 0);
  const tile = { width: await number(TAG.tileWidth, 0), height: await number(TAG.tileHeight, 0) };
  if (Math.min(width, height, tile.width, tile.height) < 1) {
    throw damaged(
      label,
      `has a page of ${width} x ${height} pixels in tiles of ${tile.width} x ${tile.height}`,
    );
  }
  const columns = Math.ceil(width / tile.width);
  const rows = Math.ceil(height / tile.height);
  const samples = await number(TAG.samplesPerPixel, 1);
  const isPlanar = (await number(TAG.planarConfiguration, 1)) === 2 && samples > 1;
  const tiles = columns * rows * (isPlanar ? samples : 1);
  const offsets = directory.array(TAG.tileOffsets);
  const byteCounts = directory.array(TAG.tileByteCounts);
  if (!offsets || !byteCounts || Math.min(offsets.length, byteCounts.length) < tiles) {
    throw damaged(
      label,
      `has a page of ${width} x ${height} pixels that needs ${tiles} tiles and lists ${offsets?.length ?? 0}`,
    );
  }
  const numbers = new Map<number, readonly number[]>();
  for (const tag of copied) {
    const values = await directory.numbers(tag);
    if (values.length > 0) numbers.set(tag, values);
  }
  return {
    width,
    height,
    tile,
    columns,
    rows,
    compression: await number(TAG.compression, 1),
    photometric: await number(TAG.photometric, 1),
    samples,
    isPlanar,
    offsets,
    byteCounts,
    layout: directory.layout,
    jpegTables: await directory.bytes(TAG.jpegTables),
    numbers,
  };
}

/** Why the tiles of a page cannot be decoded one by one; `undefined` when they can. */
export function whyUndecodable(image: TiledImage): string | undefined {
  const { tile, compression, photometric, samples, isPlanar, numbers } = image;
  const bits = numbers.get(TAG.bitsPerSample) ?? [1];
  const formats = numbers.get(TAG.sampleFormat) ?? [1];
  const decoder = decoderOf(compression);
  if (!decoder) return `has tiles with compression ${compressionName(compression)}`;
  if (tile.width * tile.height > MAX_TILE_PIXELS) {
    return `has tiles of ${tile.width} x ${tile.height} pixels`;
  }
  const isByteOrTwo = bits.every((value) => value === bits[0] && (value === 8 || value === 16));
  if (!isByteOrTwo || !formats.every((format) => format === 1)) {
    return `has samples of ${bits.join(', ')} bits (sample format ${formats.join(', ')})`;
  }
  if (!GREY_AND_RGB.includes(photometric) || samples > 4 || (photometric > 1 && samples < 3)) {
    return `has ${samples} samples per pixel with the photometric interpretation ${photometric}`;
  }
  if (isPlanar && samples !== 3) return `has ${samples} planes`;
  if (decoder === 'jpeg2000' && (samples !== 3 || bits[0] !== 8 || isPlanar)) {
    return `has JPEG 2000 tiles that are not 8-bit RGB`;
  }
  return undefined;
}

function damaged(label: string, what: string): UniCellError {
  return new UniCellError(
    'IMAGE_UNREADABLE',
    `${label} ${what}. The file is damaged; fetch or export it again.`,
  );
}
