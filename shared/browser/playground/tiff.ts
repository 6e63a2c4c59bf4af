/**
 * TIFF for browsers, which decode none themselves: the worker `/playground/tiff.js`, one for each file. A file may cost far
 * more time than its size says, and a worker can be ended.
 *
 * @module
 */
import { fromBlob, type GeoTIFFImage } from 'geotiff';
import type { Size } from '../../image/source.ts';

/** What the worker is asked, once. */
export interface TiffRequest {
  readonly file: Blob;
  /** Longest side of what is shown. */
  readonly wantedPx: number;
}

/** What it answers: the picture or a smaller copy, and the size of the picture; or why not, in words for the user. */
export type TiffAnswer =
  | { readonly bitmap: ImageBitmap; readonly full: Size }
  | { readonly problem: string };

addEventListener('message', async ({ data }: MessageEvent<TiffRequest>) => {
  try {
    const { pixels, full } = await readTiff(data.file, data.wantedPx);
    const bitmap = await createImageBitmap(pixels);
    postMessage({ bitmap, full } satisfies TiffAnswer, { transfer: [bitmap] });
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    postMessage({ problem } satisfies TiffAnswer);
  }
});

/** Pages that are looked at; those of a damaged file may lead back to an earlier one, without end. */
const MOST_PAGES = 256;
/** Strips or tiles of a page. Each takes a read of its own, about a millisecond, and millions of them take all memory. */
const MOST_BLOCKS = 8_192;
/** Pixels that are decoded for a preview; a browser has little memory, and a slide has gigapixels. */
const MOST_PIXELS = 50e6;
/** Sides of a smaller copy differ from the picture's by rounding only. */
const SAME_SHAPE = 0.02;

/** Of the field Compression: what no decoder is there for. */
const UNREAD: Readonly<Record<number, string>> = {
  3: 'CCITT fax',
  4: 'CCITT fax',
  33003: 'JPEG 2000',
  33004: 'JPEG 2000',
  33005: 'JPEG 2000',
  34712: 'JPEG 2000',
  34887: 'LERC',
  34925: 'LZMA',
  50000: 'Zstandard',
};

/**
 * Reads the first picture of a file: itself, or the smallest of its copies (a pyramid) that is large enough.
 *
 * @param wantedPx Longest side of what is shown.
 * @throws {Error} in words for the user, for what cannot be drawn.
 */
async function readTiff(
  file: Blob,
  wantedPx: number,
): Promise<{ readonly pixels: ImageData; readonly full: Size }> {
  const images = await imagesOf(file);
  const [first] = images;
  if (first === undefined) throw new Error('The TIFF has no picture in it.');
  const full = sizeOf(first);
  const image = images
    .filter((one) => one === first || isCopy(sizeOf(one), full))
    .filter((one) => one === first || longest(sizeOf(one)) >= Math.min(wantedPx, longest(full)))
    .reduce((least, one) => (longest(sizeOf(one)) < longest(sizeOf(least)) ? one : least));
  const { width, height } = sizeOf(image);
  if (width * height > MOST_PIXELS) {
    throw new Error(
      `The TIFF has ${width} × ${height} pixels and no smaller copy of them, which is too much for a page. Open it in the viewer.`,
    );
  }
  const blocks = blocksOf(image);
  if (!(blocks >= 1 && Number.isFinite(blocks))) throw damaged();
  if (blocks > MOST_BLOCKS) {
    throw new Error(
      `The TIFF has ${width} × ${height} pixels in ${blocks} pieces; at most ${MOST_BLOCKS} are drawn here. Save it with larger tiles or strips.`,
    );
  }
  return { pixels: await pixelsOf(image), full };
}

async function imagesOf(file: Blob): Promise<GeoTIFFImage[]> {
  const images: GeoTIFFImage[] = [];
  try {
    const tiff = await fromBlob(file);
    // How many pages there are, the library tells by walking to an end that a damaged file does not have.
    for (let next = 1; next !== 0 && images.length < MOST_PAGES; ) {
      const image = await tiff.getImage(images.length);
      images.push(image);
      next = image.fileDirectory.nextIFDByteOffset;
    }
  } catch (cause) {
    throw damaged(cause);
  }
  return images;
}

function damaged(cause?: unknown): Error {
  return new Error('The TIFF cannot be read: it is damaged or truncated.', { cause });
}

/** Strips or tiles of a page; no finite number above 0 where its header makes no sense. */
function blocksOf(image: GeoTIFFImage): number {
  const { width, height } = sizeOf(image);
  return Math.ceil(width / image.getTileWidth()) * Math.ceil(height / image.getTileHeight());
}

async function pixelsOf(image: GeoTIFFImage): Promise<ImageData> {
  const { width, height } = sizeOf(image);
  const compression = Number(await image.fileDirectory.loadValue('Compression'));
  const unread = UNREAD[compression];
  if (unread !== undefined) throw new Error(`TIFF with ${unread} in it is not drawn here.`);
  let rgb: ArrayLike<number>;
  try {
    rgb = await image.readRGB({ interleave: true });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`TIFF of this kind is not drawn here (${why}).`, { cause });
  }
  if (!(rgb instanceof Uint8Array || rgb instanceof Uint8ClampedArray)) {
    throw new Error('TIFF with more than 8 bits per channel is not drawn here.');
  }
  const pixels = new ImageData(width, height);
  for (let from = 0, to = 0; to < pixels.data.length; from += 3, to += 4) {
    pixels.data[to] = rgb[from]!;
    pixels.data[to + 1] = rgb[from + 1]!;
    pixels.data[to + 2] = rgb[from + 2]!;
    pixels.data[to + 3] = 255;
  }
  return pixels;
}

function sizeOf(image: GeoTIFFImage): Size {
  return { width: image.getWidth(), height: image.getHeight() };
}

function longest({ width, height }: Size): number {
  return Math.max(width, height);
}

function isCopy(one: Size, full: Size): boolean {
  const [across, down] = [one.width / full.width, one.height / full.height];
  return across < 1 && Math.abs(across - down) <= SAME_SHAPE * across;
}
