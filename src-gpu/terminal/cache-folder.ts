import { homedir } from 'node:os';
import { join } from 'node:path';
import { makeOwnFolder } from '../blobs/own-folder.ts';

/** What may be removed at any time: `$XDG_CACHE_HOME/unicell`, by default `~/.cache/unicell`. */
export function cacheFolder(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'unicell');
}

/**
 * Makes a folder below {@link cacheFolder}, for this user alone.
 *
 * @returns Its path.
 * @throws {UniCellError} `OUTPUT_UNWRITABLE`.
 */
export async function makeCacheFolder(...names: readonly string[]): Promise<string> {
  const path = join(cacheFolder(), ...names);
  await makeOwnFolder(path, 'Set XDG_CACHE_HOME to a folder that can be written to');
  return path;
}
