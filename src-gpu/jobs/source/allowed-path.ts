/**
 * Slides that lie in folders of the service's machines.
 *
 * @module
 */
import { realpath, stat } from 'node:fs/promises';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { UniCellError } from '../../../shared/errors.ts';
import { isDicomPath } from '../../slides/dicom/dicom-path.ts';
import { isZarrPath } from '../../slides/zarr/zarr-path.ts';

/**
 * Finds a file, or the folder of a DICOM series or a Zarr, below one of the folders. Links are followed, and what they lead to
 * must lie there too.
 *
 * @param path Absolute, or relative to one of the folders.
 * @returns The real path.
 * @throws {UniCellError} `SOURCE_FORBIDDEN` for what lies elsewhere, whether it is there or not;
 *   `SOURCE_NOT_FOUND`.
 */
export async function findAllowedPath(path: string, folders: readonly string[]): Promise<string> {
  if (path.includes('\0')) throw forbidden(path, folders);
  // A job keeps the real path, which lies below the real folder where the folder itself is reached by a link.
  const places = await Promise.all(
    folders.map(async (folder) => ({
      folder,
      named: resolve(folder, path),
      real: await realpath(folder).catch(() => undefined),
    })),
  );
  const inside = places.filter(
    ({ folder, named, real }) =>
      isBelow(named, resolve(folder)) || (real !== undefined && isBelow(named, real)),
  );
  if (inside.length === 0) throw forbidden(path, folders);
  for (const { named, real: folder } of inside) {
    const real = await realpath(named).catch(() => undefined);
    if (real === undefined) continue;
    if (folder === undefined || !isBelow(real, folder)) throw forbidden(path, folders);
    const isSlide =
      (await stat(real)).isFile() || (await isZarrPath(real)) || (await isDicomPath(real));
    if (isSlide) return real;
  }
  throw new UniCellError(
    'SOURCE_NOT_FOUND',
    `There is no file, DICOM series or OME-Zarr ${JSON.stringify(path.slice(0, 300))} in the folders of the service. Check the path.`,
  );
}

function isBelow(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

function forbidden(path: string, folders: readonly string[]): UniCellError {
  const allowed =
    folders.length === 0
      ? 'This service reads no paths; send the slide itself'
      : 'It must lie in a folder that the service allows';
  return new UniCellError(
    'SOURCE_FORBIDDEN',
    `The path ${JSON.stringify(path.slice(0, 300))} may not be read. ${allowed}.`,
  );
}
