import { readdir } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { UniCellError } from '../../../shared/errors.ts';

/**
 * The files under a folder, as paths relative to it with `/`, numbers in names counted: `train_2` comes
 * before `train_10`. Hidden files and what macOS adds to archives are left out.
 *
 * @throws {UniCellError} `SOURCE_NOT_FOUND` when there is no such folder.
 */
export async function listFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(
    (cause: NodeJS.ErrnoException) => {
      throw new UniCellError(
        'SOURCE_NOT_FOUND',
        `${folder} cannot be listed (${cause.code}). Pass the folder of the dataset, unpacked.`,
        { cause },
      );
    },
  );
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter((path) => !/(^|\/)(\.|__MACOSX\/)/.test(path))
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
}
