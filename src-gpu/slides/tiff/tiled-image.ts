/**
 * A page of a TIFF whose pixels lie in tiles, or in strips, which are tiles as wide as the page.
 *
 * @module
 */
import { UniCellError } from '../../../shared/errors.ts';
import type { Size } from '../../../shared/image/source.ts';
import { compressionName, convertsColour, decoderOf, LOSSY_JPEG_2000 } from './compression.ts';
import type { TiffArray } from './tiff-array.ts';
import type { TiffDirectory, TiffLayout } from './tiff-directory.ts';
import { TAG } from './tiff-tags.ts';
import { readYcc, YCBCR, type Ycc } from './ycc.ts';

/** Where the tiles of a plane lie, row by row. */
export interface TilePlaces {
  readonly offsets: TiffArray;
  readonly byteCounts: TiffArray;
  /** Index of the first. */
  readonly first: number;
}

export interface TiledImage extends Size {
  /** Of strips: the width of the page, and the rows of every strip but the last. */
  readonly tile: Size;
  readonly isStrips: boolean;
  /** Tiles per row. */
  readonly columns: number;
  readonly rows: number;
  readonly compression: number;
  /** Tag 262. */
  readonly photometric: number;
  readonly samples: number;
  /** Whether each sample has tiles of its own. */
  readonly isPlanar: boolean;
  /** One; of a planar image, one for each sample. */
  readonly planes: readonly TilePlaces[];
  readonly layout: TiffLayout;
  readonly jpegTables: Uint8Array | undefined;
  /** Tags that a decoder needs as they stand. */
  readonly numbers: ReadonlyMap<number, readonly number[]>;
  /** Whether libvips has written JPEG 2000, which says RGB there and is luma and chroma. */
  readonly isOfLibvips: boolean;
  /** Tag 274: how viewers are asked to turn it. */
  readonly orientation: number;
  /** What white is in samples of 16 bits that use fewer: what the header says. */
  readonly sampleMax: number | undefined;
  /** What luma and chroma mean that no codec turns into RGB. */
  readonly ycc: Ycc | undefined;
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
async function readTiledImage(
  label: string,
  directory: TiffDirectory,
): Promise<TiledImage | undefined> {
  if (!directory.has(TAG.tileOffsets)) return undefined;
  const tile = {
    width: (await directory.number(TAG.tileWidth)) ?? 0,
    height: (await directory.number(TAG.tileHeight)) ?? 0,
  };
  const lists = [TAG.tileOffsets, TAG.tileByteCounts] as const;
  return readPage(label, directory, tile, lists);
}

/**
 * Reads what is needed to decode the strips of a page.
 *
 * @returns `undefined` for a page without strips.
 * @throws {UniCellError} As {@link readTiledImage}.
 */
async function readStrips(
  label: string,
  directory: TiffDirectory,
): Promise<TiledImage | undefined> {
  if (!directory.has(TAG.stripOffsets)) return undefined;
  const height = (await directory.number(TAG.height)) ?? 0;
  // A page that does not say is one strip, and so is one that says 2^32 - 1.
  const rows = Math.min((await directory.number(TAG.rowsPerStrip)) ?? height, height);
  const tile = { width: (await directory.number(TAG.width)) ?? 0, height: rows };
  return readPage(label, directory, tile, [TAG.stripOffsets, TAG.stripByteCounts]);
}

/** The pages of a picture: one, or one for each colour; and what another place than they says of their samples. */
export interface ColourPages {
  readonly directories: readonly TiffDirectory[];
  readonly significantBits: number | undefined;
}

/** {@link readTiledImage} of a picture whose colours may be pages of their own. */
export function readTiledColours(
  label: string,
  pages: ColourPages,
): Promise<TiledImage | undefined> {
  return joinColours(label, pages, readTiledImage);
}

/** {@link readStrips} of a picture whose colours may be pages of their own. */
export function readStripColours(
  label: string,
  pages: ColourPages,
): Promise<TiledImage | undefined> {
  return joinColours(label, pages, readStrips);
}

async function joinColours(
  label: string,
  { directories, significantBits = 16 }: ColourPages,
  read: typeof readTiledImage,
): Promise<TiledImage | undefined> {
  const images: TiledImage[] = [];
  for (const page of directories) {
    const image = await read(label, page);
    if (!image) return undefined;
    const said = 2 ** significantBits - 1;
    images.push(significantBits < 16 && isDeep(image) ? { ...image, sampleMax: said } : image);
  }
  const first = images[0]!;
  if (images.length === 1) return first;
  for (const image of images) {
    const isAlike =
      image.width === first.width &&
      image.height === first.height &&
      image.tile.width === first.tile.width &&
      image.tile.height === first.tile.height &&
      image.compression === first.compression &&
      image.samples === 1 &&
      image.numbers.get(TAG.bitsPerSample)?.[0] === first.numbers.get(TAG.bitsPerSample)?.[0];
    if (isAlike) continue;
    throw damaged(
      label,
      `has a page for each colour, and they differ in size, tiles or compression`,
    );
  }
  const planes = images.flatMap((image) => image.planes);
  return { ...first, samples: images.length, isPlanar: true, planes };
}

async function readPage(
  label: string,
  directory: TiffDirectory,
  tile: Size,
  lists: readonly [offsets: number, byteCounts: number],
): Promise<TiledImage> {
  const isStrips = lists[0] === TAG.stripOffsets;
  const parts = isStrips ? 'strips' : 'tiles';
  const number = async (tag: number, otherwise: number) =>
    (await directory.number(tag)) ?? otherwise;
  const width = await number(TAG.width, 0);
  const height = await number(TAG.height, 0);
  if (Math.min(width, height, tile.width, tile.height) < 1) {
    throw damaged(
      label,
      `has a page of ${width} x ${height} pixels in ${parts} of ${tile.width} x ${tile.height}`,
    );
  }
  const columns = Math.ceil(width / tile.width);
  const rows = Math.ceil(height / tile.height);
  const samples = await number(TAG.samplesPerPixel, 1);
  const isPlanar = (await number(TAG.planarConfiguration, 1)) === 2 && samples > 1;
  const planes = isPlanar ? samples : 1;
  const tiles = columns * rows * planes;
  const [offsets, byteCounts] = lists.map((tag) => directory.array(tag));
  if (!offsets || !byteCounts || Math.min(offsets.length, byteCounts.length) < tiles) {
    throw damaged(
      label,
      `has a page of ${width} x ${height} pixels that needs ${tiles} ${parts} and lists ${offsets?.length ?? 0}`,
    );
  }
  const numbers = new Map<number, readonly number[]>();
  for (const tag of copied) {
    const values = await directory.numbers(tag);
    if (values.length > 0) numbers.set(tag, values);
  }
  const compression = await number(TAG.compression, 1);
  const photometric = await number(TAG.photometric, 1);
  return {
    width,
    height,
    tile,
    isStrips,
    columns,
    rows,
    compression,
    photometric,
    samples,
    isPlanar,
    planes: Array.from({ length: planes }, (_, plane) => ({
      offsets,
      byteCounts,
      first: plane * columns * rows,
    })),
    layout: directory.layout,
    jpegTables: await directory.bytes(TAG.jpegTables),
    numbers,
    isOfLibvips: compression === LOSSY_JPEG_2000 && (await isAnonymous(directory)),
    orientation: await number(TAG.orientation, 1),
    sampleMax: await sampleMaxOf(directory),
    ycc:
      photometric === YCBCR && !convertsColour(compression) ? await readYcc(directory) : undefined,
  };
}

/** White as tag 281 says it of samples of 16 bits, in whole bits: some write the brightest sample that they have. */
export async function sampleMaxOf(directory: TiffDirectory): Promise<number | undefined> {
  const bits = await directory.numbers(TAG.bitsPerSample);
  const most = Math.max(0, ...(await directory.numbers(TAG.maxSampleValue)));
  const white = 2 ** Math.ceil(Math.log2(most + 1)) - 1;
  return bits[0] === 16 && white > 255 && white < 65_535 ? white : undefined;
}

/** libvips, unlike tifffile and Bio-Formats, does not say who wrote a file. */
async function isAnonymous(page: TiffDirectory): Promise<boolean> {
  const description = (await page.text(TAG.description)) ?? '';
  return !page.has(TAG.software) && !description.includes('<OME');
}

function isDeep({ numbers }: TiledImage): boolean {
  return numbers.get(TAG.bitsPerSample)?.[0] === 16;
}

/** Why the tiles of a page cannot be decoded one by one; `undefined` when they can. */
export function whyUndecodable(image: TiledImage): string | undefined {
  const { tile, isStrips, compression, photometric, samples, isPlanar, numbers, ycc } = image;
  const parts = isStrips ? 'strips' : 'tiles';
  const bits = numbers.get(TAG.bitsPerSample) ?? [1];
  const formats = numbers.get(TAG.sampleFormat) ?? [1];
  const decoder = decoderOf(compression);
  if (!decoder) return `has ${parts} with compression ${compressionName(compression)}`;
  if (!isStrips && tile.width * tile.height > MAX_TILE_PIXELS) {
    return `has tiles of ${tile.width} x ${tile.height} pixels`;
  }
  const isByteOrTwo = bits.every((value) => value === bits[0] && (value === 8 || value === 16));
  if (!isByteOrTwo || !formats.every((format) => format === 1)) {
    return `has samples of ${bits.join(', ')} bits (sample format ${formats.join(', ')})`;
  }
  if (!GREY_AND_RGB.includes(photometric) || samples > 4 || (photometric > 1 && samples < 3)) {
    return `has ${samples} samples per pixel with the photometric interpretation ${photometric}`;
  }
  if (isPlanar && samples < 3) return `has ${samples} planes`;
  if (decoder === 'jpeg2000' && (samples !== 3 || bits[0] !== 8 || isPlanar)) {
    return `has JPEG 2000 ${parts} that are not 8-bit RGB`;
  }
  return ycc && whyUnconverted(image, ycc, bits[0]!);
}

/** Why luma and chroma cannot be turned into RGB. */
function whyUnconverted(
  { samples, isPlanar, isStrips, tile, rows, numbers }: TiledImage,
  { subsampling: { width, height } }: Ycc,
  bits: number,
): string | undefined {
  const isFull = width === 1 && height === 1;
  const predictor = numbers.get(TAG.predictor)?.[0] ?? 1;
  const known = [1, 2, 4];
  const isWhole = (isStrips && rows === 1) || tile.height % height === 0;
  const isRight = known.includes(width) && known.includes(height) && height <= width && isWhole;
  if (bits === 8 && samples === 3 && isRight && (isFull || (predictor === 1 && !isPlanar))) {
    return undefined;
  }
  return `has YCbCr samples of a kind that is not converted (${samples} of ${bits} bits, subsampled ${width} x ${height}, predictor ${predictor}${isPlanar ? ', in planes' : ''})`;
}

function damaged(label: string, what: string): UniCellError {
  return new UniCellError(
    'IMAGE_UNREADABLE',
    `${label} ${what}. The file is damaged; fetch or export it again.`,
  );
}
