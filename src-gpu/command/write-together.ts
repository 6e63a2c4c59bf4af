/**
 * Result files that appear all together or not at all.
 *
 * @module
 */
import { rmSync } from 'node:fs';
import { type FileHandle, mkdir, open, rename, rmdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { throwIfCanceled } from '../../shared/cancel.ts';
import { UniCellError } from '../../shared/errors.ts';

export interface OutputFile {
  readonly name: string;
  /** The content: bytes, at once or in parts that are made while they are written. */
  readonly content: Uint8Array | Iterable<Uint8Array>;
}

/**
 * Writes every file under a temporary name in `folder` and renames them when all are complete. After an
 * error or a cancel nothing of them is left, and neither is the folder if it was not there before.
 *
 * @returns The paths, in the order of `files`.
 * @throws {UniCellError} `OUTPUT_UNWRITABLE` when the folder or a file in it cannot be made, `CANCELED`.
 */
export async function writeTogether(
  folder: string,
  files: readonly OutputFile[],
  signal?: AbortSignal,
): Promise<string[]> {
  if (files.length === 0) return [];
  const parts: string[] = [];
  const removeParts = () => {
    for (const path of parts) rmSync(path, { force: true });
  };
  let newFolder: string | undefined;
  // A second Ctrl-C ends the process without coming back here.
  process.once('exit', removeParts);
  try {
    newFolder = await mkdir(folder, { recursive: true });
    for (const { name, content } of files) {
      const path = partPath(folder, name);
      parts.push(path);
      await writeOne(path, content, signal);
    }
    throwIfCanceled(signal);
    const paths = files.map(({ name }) => join(folder, name));
    for (const [index, { name }] of files.entries()) {
      await rename(partPath(folder, name), paths[index]!);
    }
    return paths;
  } catch (error) {
    removeParts();
    if (newFolder) await removeEmptyFolders(resolve(folder), resolve(newFolder));
    const { code, message } = error as NodeJS.ErrnoException;
    if (error instanceof UniCellError || !code) throw error;
    throw new UniCellError(
      'OUTPUT_UNWRITABLE',
      `Results cannot be written to ${resolve(folder)}: ${message}. Pass --out with a folder that can be written to.`,
      { cause: error },
    );
  } finally {
    process.off('exit', removeParts);
  }
}

/** Removes `folder` and those above it up to `last`, as long as they are empty. */
async function removeEmptyFolders(folder: string, last: string): Promise<void> {
  for (let path = folder; path.startsWith(last); path = dirname(path)) {
    try {
      await rmdir(path);
    } catch {
      return;
    }
  }
}

function partPath(folder: string, name: string): string {
  return join(folder, `.${name}.${process.pid}.part`);
}

async function writeOne(path: string, content: OutputFile['content'], signal?: AbortSignal) {
  const file = await open(path, 'wx');
  try {
    if (content instanceof Uint8Array) await file.writeFile(content);
    else await writeParts(file, content, signal);
  } finally {
    await file.close();
  }
}

async function writeParts(file: FileHandle, parts: Iterable<Uint8Array>, signal?: AbortSignal) {
  for (const part of parts) {
    throwIfCanceled(signal);
    await file.writeFile(part);
  }
}
