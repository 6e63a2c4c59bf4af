import { randomUUID } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A file that is there until somebody is done with it. */
export interface TemporaryFile {
  readonly path: string;
  /** Removes it; never fails. */
  remove(): Promise<void>;
}

/** Writes bytes where readers that want a file find them. */
export async function temporaryFile(folder: string, bytes: Uint8Array): Promise<TemporaryFile> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, randomUUID());
  const remove = () => rm(path, { force: true }).catch(() => {});
  try {
    await writeFile(path, bytes, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    await remove();
    throw error;
  }
  return { path, remove };
}
