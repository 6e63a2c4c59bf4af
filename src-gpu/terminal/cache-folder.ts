import { homedir } from 'node:os';
import { join } from 'node:path';

/** What may be removed at any time: `$XDG_CACHE_HOME/unicell`, by default `~/.cache/unicell`. */
export function cacheFolder(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'unicell');
}
