/**
 * Brings pictures and their labels together.
 *
 * @module
 */
import { join, parse } from 'node:path';
import { UniCellError } from '../../../shared/errors.ts';

export interface FilePair {
  /** What both files are called after. */
  readonly key: string;
  readonly picture: string;
  readonly label: string;
}

/**
 * Pairs files that have the same key. One without the other is an error, never a picture without nuclei:
 * a picture where nobody found a nucleus has labels that say so.
 *
 * @param pictures Paths by key, in the order of the result.
 * @param labels Paths by key.
 * @throws {UniCellError} `SOURCE_NOT_FOUND` naming the first picture or labels that are alone.
 */
export function pairFiles(
  pictures: ReadonlyMap<string, string>,
  labels: ReadonlyMap<string, string>,
): FilePair[] {
  requireAll(pictures, labels, 'has no labels');
  requireAll(labels, pictures, 'labels a picture that is not there');
  return [...pictures].map(([key, picture]) => ({ key, picture, label: labels.get(key)! }));
}

/**
 * Files by key.
 *
 * @param source Folder of the files.
 * @param files Paths relative to it (`listFiles`).
 * @param keyOf The key of such a path, or the files that count, which are keyed by their names without
 *   an extension; `undefined` for a file that does not count.
 * @returns Paths with `source`.
 * @throws {UniCellError} `POINTS_INVALID` when two files have one key.
 */
export function filesByKey(
  source: string,
  files: readonly string[],
  keyOf: RegExp | ((path: string) => string | undefined),
): Map<string, string> {
  const byKey = new Map<string, string>();
  for (const file of files) {
    const key = keyOf instanceof RegExp ? keyOf.test(file) && parse(file).name : keyOf(file);
    if (key === undefined || key === false) continue;
    const path = join(source, file);
    const other = byKey.get(key);
    if (other !== undefined) {
      throw new UniCellError(
        'POINTS_INVALID',
        `${other} and ${path} are both called ${key}; keep one of them.`,
      );
    }
    byKey.set(key, path);
  }
  return byKey;
}

function requireAll(
  files: ReadonlyMap<string, string>,
  partners: ReadonlyMap<string, string>,
  problem: string,
): void {
  const alone = [...files].filter(([key]) => !partners.has(key));
  if (alone.length === 0) return;
  const more = alone.length > 1 ? ` (and so for ${alone.length - 1} more)` : '';
  throw new UniCellError(
    'SOURCE_NOT_FOUND',
    `${alone[0]![1]} ${problem}${more}. Pictures and labels must come together; unpack the whole dataset.`,
  );
}
