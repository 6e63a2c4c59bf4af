/**
 * Where the pictures of requests lie meanwhile.
 *
 * @module
 */
import { lstat, mkdtemp, readdir, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PREFIX = 'unicell-requests-';
const HOUR_MS = 3_600_000;
/** A folder that nobody has touched for so long belonged to a process that was killed. */
const ABANDONED_MS = 24 * HOUR_MS;

export interface RequestFolder {
  readonly path: string;
  /** Removes it and what lies in it; never fails. */
  remove(): Promise<void>;
}

/**
 * Makes a folder for this process below `parent`, which only its user may read, and removes those that killed
 * processes have left there: what lies in them are pictures of patients. It says every hour that it is in use, since
 * process ids tell nothing where containers share the folder.
 */
export async function openRequestFolder(parent = tmpdir()): Promise<RequestFolder> {
  const path = await mkdtemp(join(parent, PREFIX));
  // What cannot be touched or removed now is tried again in an hour; whoever writes a file makes the folder anew.
  const tidy = async () => {
    const now = new Date();
    await utimes(path, now, now).catch(() => {});
    await removeAbandoned(parent, now.getTime()).catch(() => {});
  };
  await tidy();
  const timer = setInterval(tidy, HOUR_MS).unref();
  return {
    path,
    async remove() {
      clearInterval(timer);
      await removeQuietly(path);
    },
  };
}

async function removeAbandoned(parent: string, nowMs: number): Promise<void> {
  for (const name of await readdir(parent)) {
    if (!name.startsWith(PREFIX)) continue;
    const path = join(parent, name);
    const found = await lstat(path).catch(() => undefined);
    if (!found?.isDirectory() || found.uid !== (process.getuid?.() ?? found.uid)) continue;
    if (nowMs - found.mtimeMs > ABANDONED_MS) await removeQuietly(path);
  }
}

function removeQuietly(path: string): Promise<void> {
  return rm(path, { recursive: true, force: true }).catch(() => {});
}
