/**
 * Which pages of a TIFF are the levels of its pyramid. Labels, macros and thumbnails never are: they
 * carry patient text or another resolution.
 *
 * @module
 */
import type { Size } from '../../../shared/image/source.ts';
import { isLevelSize } from '../pyramid/level-size.ts';
import type { ChosenPage } from './choose-page.ts';
import { isAssociated, isReduced } from './page-kind.ts';
import type { TiffDirectory } from './tiff-directory.ts';
import { subDirectories, type TiffFile } from './tiff-file.ts';
import { TAG } from './tiff-tags.ts';
import {
  type ColourPages,
  readTiledColours,
  type TiledImage,
  whyUndecodable,
} from './tiled-image.ts';

/**
 * The coarser levels of `first`, from fine to coarse: pages in tiles, of the same proportions, that the
 * file calls a reduced image or that Aperio writes behind the first. A page that cannot be decoded is
 * left out; the finer one before it is read instead.
 *
 * @param chosen The page, or the pages, of `first`.
 * @throws {UniCellError} `IMAGE_UNREADABLE`.
 */
export async function coarserLevels(
  file: TiffFile,
  chosen: ColourPages & Pick<ChosenPage, 'index'>,
  first: TiledImage,
  vendor: string | undefined,
): Promise<TiledImage[]> {
  const { label } = file.bytes;
  const found: TiledImage[] = [];
  for (const pages of await levelPages(file, chosen, first, vendor)) {
    const read = await readTiledColours(label, { ...chosen, directories: pages });
    // A level does not say again who wrote the file.
    const image = read && { ...read, isOfLibvips: first.isOfLibvips };
    if (image && !whyUndecodable(image) && isLevelSize(first, image)) found.push(image);
  }
  return found
    .sort((a, b) => b.width - a.width)
    .filter((image, i) => i === 0 || image.width < found[i - 1]!.width);
}

/** Pages that may be levels; three each where colours have pages of their own. */
async function levelPages(
  file: TiffFile,
  { index, directories }: Pick<ChosenPage, 'index' | 'directories'>,
  first: Size,
  vendor: string | undefined,
): Promise<(readonly TiffDirectory[])[]> {
  const below = await Promise.all(directories.map((page) => subDirectories(file, page)));
  if (below[0]!.length > 0 || directories.length > 1) {
    const count = Math.min(...below.map(({ length }) => length));
    const levels = Array.from({ length: count }, (_, level) => below.map((pages) => pages[level]!));
    const isSlide = await Promise.all(levels.map(async ([page]) => !(await isAssociated(page!))));
    return levels.filter((_, level) => isSlide[level]);
  }
  const pages: (readonly TiffDirectory[])[] = [];
  for (const page of file.directories.slice(index + 1)) {
    const isMarked = vendor === 'aperio' || (await isReduced(page));
    // Another picture begins, with levels of its own.
    if (!isMarked && ((await page.number(TAG.width)) ?? 0) >= first.width) break;
    if (isMarked && !(await isAssociated(page))) pages.push([page]);
  }
  return pages;
}
