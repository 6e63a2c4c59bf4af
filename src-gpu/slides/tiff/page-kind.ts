/**
 * Pages that are not the picture.
 *
 * @module
 */
import type { TiffDirectory } from './tiff-directory.ts';
import { TAG } from './tiff-tags.ts';

/** Bits of tag 254: a reduced image of another page, and a mask of one. */
const REDUCED_OR_MASK = 1 | 4;
/** Value of tag 255, which tag 254 has replaced. */
const OLD_REDUCED = 2;

/** Whether the file calls a page a smaller version of another, or its mask. */
export async function isReduced(page: TiffDirectory): Promise<boolean> {
  const kind = (await page.number(TAG.newSubfileType)) ?? 0;
  return (kind & REDUCED_OR_MASK) !== 0 || (await page.number(TAG.subfileType)) === OLD_REDUCED;
}

/** Labels, macros and thumbnails; Aperio names them in the second line of their description. */
export async function isAssociated(page: TiffDirectory): Promise<boolean> {
  const description = (await page.text(TAG.description)) ?? '';
  // Of OME-XML, which stands on the first page, each image has its own name.
  if (/<(?:\w+:)?OME\b/.test(description)) return false;
  return isAssociatedName(description.slice(0, 200));
}

export function isAssociatedName(name: string): boolean {
  return /\b(label|macro|thumbnail|overview)\b/i.test(name);
}
