/**
 * The setting `DICOMWEB_CREDENTIALS`, which may stand in the environment or in a file.
 *
 * @module
 */
import { type PacsCredentials, parseCredentials } from '../../../shared/dicomweb/credentials.ts';
import { UniCellError } from '../../../shared/errors.ts';
import { type FileUnreadable, readRegular } from '../../slides/bytes/regular-file.ts';

/**
 * Reads it.
 *
 * @param setting JSON as of `parseCredentials`, or the path of a file with it.
 * @throws {UniCellError} `CONFIGURATION_INVALID`, never with a secret in it.
 */
export async function readPacsCredentials(setting: string | undefined): Promise<PacsCredentials> {
  const isPath =
    setting !== undefined && setting.trim() !== '' && !setting.trimStart().startsWith('{');
  if (!isPath) return parseCredentials(setting);
  const text = await readRegular(setting).catch(({ reason }: FileUnreadable) => {
    // Neither the text, which may be a secret in the wrong form, nor a cause that repeats it.
    throw new UniCellError(
      'CONFIGURATION_INVALID',
      `The variable DICOMWEB_CREDENTIALS is neither a JSON object nor the path of a file that can be read (${reason}).`,
    );
  });
  return parseCredentials(text.toString('utf8'));
}
