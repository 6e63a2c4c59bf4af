import { readFile } from 'node:fs/promises';
import { UniCellError } from '../../shared/errors.ts';

/**
 * Reads a text file.
 *
 * @throws {UniCellError} `SOURCE_NOT_FOUND`.
 */
export async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new UniCellError(
      'SOURCE_NOT_FOUND',
      `${path} cannot be read (${(cause as NodeJS.ErrnoException).code}). Pass the path of a text file.`,
      { cause },
    );
  }
}
