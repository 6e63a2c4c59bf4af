import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { UniCellError } from '../../shared/errors.ts';
import { type FileUnreadable, readRegular } from '../slides/bytes/regular-file.ts';

/** Longer texts are none that a string of JavaScript holds. */
const MAX_BYTES = 512 * 1024 * 1024;

/**
 * Reads a text file, which may be gzipped.
 *
 * @throws {UniCellError} `SOURCE_NOT_FOUND`; `POINTS_INVALID` for gzip that is damaged, or of more than 512 MiB.
 */
export async function readText(path: string): Promise<string> {
  const bytes = await readBytes(path);
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes.toString('utf8');
  try {
    return (await promisify(gunzip)(bytes, { maxOutputLength: MAX_BYTES })).toString('utf8');
  } catch (cause) {
    throw new UniCellError(
      'POINTS_INVALID',
      `${path} cannot be unpacked (${(cause as Error).message}). Pass a gzip file that is whole, of at most ${MAX_BYTES} bytes when unpacked.`,
      { cause },
    );
  }
}

async function readBytes(path: string): Promise<Buffer> {
  try {
    return await readRegular(path);
  } catch (cause) {
    throw new UniCellError(
      'SOURCE_NOT_FOUND',
      `${path} cannot be read (${(cause as FileUnreadable).reason}). Pass the path of a text file.`,
      { cause },
    );
  }
}
