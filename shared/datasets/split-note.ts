import type { Dataset } from './dataset.ts';

/**
 * What must stand beside every score on a test split that is not the one everybody else scores on. It follows
 * from the number of pictures alone, so it holds of a folder, a card and a report alike, and nobody has to
 * remember it.
 *
 * @param images Pictures that were scored.
 * @returns A full sentence; `undefined` where the split is the published one, or where none is published.
 * @example
 * splitNote(monusac, 'test', 23);
 * // 'MoNuSAC: the test split scored here (pictures: 23) is not its official test set (pictures: 85); ...'
 */
export function splitNote(
  { name, publishedTest }: Pick<Dataset, 'name' | 'publishedTest'>,
  split: string | undefined,
  images: number,
): string | undefined {
  if (split !== 'test' || publishedTest === undefined || publishedTest.images === images) {
    return undefined;
  }
  const { what, images: official } = publishedTest;
  return `${name}: the test split scored here (pictures: ${images}) is not ${what} (pictures: ${official}); its score does not compare with those published.`;
}
