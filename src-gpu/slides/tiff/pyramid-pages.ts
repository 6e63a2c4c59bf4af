/**
 * Which pages of a TIFF are the levels of its pyramid. Labels, macros and thumbnails never are: they
 * carry patient text or another resolution.
 *
 * @module
 */
import { UniCellError } from '../../../shared/errors.ts';
import type { Size } from '../../../shared/image/source.ts';
import type { SlideWarning } from '../slide.ts';
import type { TiffDirectory } from './tiff-directory.ts';
import { subDirectories, type TiffFile } from './tiff-file.ts';
import { TAG } from './tiff-tags.ts';
import { readTiledImage, type TiledImage, whyUndecodable } from './tiled-image.ts';

const REDUCED = 1;
/** Levels of a pyramid differ from the exact ratio by rounding alone, in pixels. */
const ROUNDING_PX = 2;
const SMALLEST_STEP = 1.5;

/**
 * The coarser levels of `first`, from fine to coarse: pages in tiles, of the same proportions, that the
 * file calls a reduced image or that Aperio writes behind the first. A page that cannot be decoded is
 * left out; the finer one before it is read instead.
 *
 * @throws {UniCellError} `IMAGE_UNREADABLE`.
 */
export async function coarserLevels(
  file: TiffFile,
  first: TiledImage,
  vendor: string | undefined,
): Promise<TiledImage[]> {
  const [base, ...others] = file.directories;
  const below = await subDirectories(file, base!);
  const pages = below.length > 0 ? below : others;
  const found: TiledImage[] = [];
  for (const page of pages) {
    const isMarked = below.length > 0 || vendor === 'aperio' || (await isReduced(page));
    if (!isMarked || (await isAssociated(page))) continue;
    const image = await readTiledImage(file.bytes.label, page);
    if (image && !whyUndecodable(image) && isLevelOf(first, image)) found.push(image);
  }
  return found
    .sort((a, b) => b.width - a.width)
    .filter((image, i) => i === 0 || image.width < found[i - 1]!.width);
}

/**
 * Says what of an OME-TIFF is not read, from its description.
 *
 * @throws {UniCellError} `IMAGE_UNSUPPORTED` when its channels are pages of their own: the first would be
 *   one of red, green and blue, or a fluorescence.
 */
export function omeWarnings(
  label: string,
  description: string | undefined,
  { samples }: TiledImage,
): SlideWarning[] {
  const pixels = /<(?:\w+:)?Pixels\b[^>]*>/.exec(description ?? '')?.[0] ?? '';
  const size = (axis: string) =>
    Number(new RegExp(`\\bSize${axis}="(\\d+)"`).exec(pixels)?.[1] ?? 1);
  if (samples === 1 && size('C') > 1) {
    throw new UniCellError(
      'IMAGE_UNSUPPORTED',
      `${label} keeps its ${size('C')} channels in pages of their own; slides are read as RGB in one page. Export it as interleaved RGB, for instance with \`bfconvert\` or QuPath.`,
    );
  }
  const planes = size('Z') * size('T');
  if (planes <= 1) return [];
  const detail = `${label} holds ${planes} planes of depth or time; only the first is read.`;
  return [{ code: 'FIRST_PLANE_ONLY', detail }];
}

async function isReduced(page: TiffDirectory): Promise<boolean> {
  return (((await page.number(TAG.newSubfileType)) ?? 0) & REDUCED) !== 0;
}

/** Aperio names such pages in the second line of their description. */
async function isAssociated(page: TiffDirectory): Promise<boolean> {
  const description = (await page.text(TAG.description)) ?? '';
  return /\b(label|macro|thumbnail|overview)\b/i.test(description.slice(0, 200));
}

/** Rounding is seen on the shorter side, measured against the longer one. */
function isLevelOf(first: Size, { width, height }: Size): boolean {
  const step = Math.min(first.width / width, first.height / height);
  const isSimilar =
    Math.abs((first.width * height) / first.height - width) <= ROUNDING_PX ||
    Math.abs((first.height * width) / first.width - height) <= ROUNDING_PX;
  return step >= SMALLEST_STEP && isSimilar;
}
