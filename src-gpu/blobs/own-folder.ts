import { mkdir } from 'node:fs/promises';
import { UniCellError } from '../../shared/errors.ts';

/**
 * Makes a folder that its owner alone may read, where there is none.
 *
 * @param remedy A sentence without its full stop: how to choose another folder.
 * @throws {UniCellError} `OUTPUT_UNWRITABLE`.
 */
export async function makeOwnFolder(path: string, remedy: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 }).catch((cause: NodeJS.ErrnoException) => {
    throw new UniCellError(
      'OUTPUT_UNWRITABLE',
      `The folder ${path} cannot be made (${cause.code}). ${remedy}.`,
      {
        cause,
        publicMessage:
          'A folder of the service cannot be made. Try again later, and tell who runs the service.',
      },
    );
  });
}
