import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { UniCellError } from '../../shared/errors.ts';

/**
 * Makes a folder that appears whole or not at all: `fill` writes into a temporary one beside it (beside
 * its nearest parent that exists), which gets its name at the end. After an error or a cancel nothing is
 * left.
 *
 * @param folder Must not exist, or be empty.
 * @throws {UniCellError} `OUTPUT_UNWRITABLE` when it holds something or cannot be made; what `fill` throws.
 */
export async function writeNewFolder<T>(
  folder: string,
  fill: (temporary: string) => Promise<T>,
): Promise<T> {
  const target = resolve(folder);
  let temporary: string | undefined;
  try {
    await requireEmpty(target);
    const made = join(existingParent(target), `.${basename(target)}.${process.pid}.part`);
    await mkdir(made);
    temporary = made;
    const result = await fill(made);
    await mkdir(dirname(target), { recursive: true });
    // Windows renames onto nothing only.
    await rmdir(target).catch(() => {});
    await rename(made, target);
    return result;
  } catch (error) {
    if (temporary) await rm(temporary, { recursive: true, force: true });
    const { code, message } = error as NodeJS.ErrnoException;
    if (error instanceof UniCellError || !code) throw error;
    throw new UniCellError(
      'OUTPUT_UNWRITABLE',
      `${target} cannot be written: ${message}. Pass --out with a folder that can be made.`,
      { cause: error },
    );
  }
}

function existingParent(path: string): string {
  const parent = dirname(path);
  return existsSync(parent) ? parent : existingParent(parent);
}

async function requireEmpty(folder: string): Promise<void> {
  const there = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  if (there.length === 0) return;
  throw new UniCellError(
    'OUTPUT_UNWRITABLE',
    `${folder} holds ${there.length} files or folders already; nothing is overwritten. Remove it, or pass --out with a new folder.`,
  );
}
