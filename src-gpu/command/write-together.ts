/**
 * Result files that appear all together or not at all.
 *
 * @module
 */
import { rmSync } from 'node:fs';
import { type FileHandle, mkdir, open, rename, rm, rmdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { throwIfCanceled } from '../../shared/cancel.ts';
import { UniCellError } from '../../shared/errors.ts';
import type { FolderPiece } from '../../shared/formats/folder-piece.ts';
import { BlobTally, partsOf } from '../blobs/blob-parts.ts';
import type { ExportTarget } from '../chunks/write-exports.ts';
import { type FileNote, folderNote } from './file-note.ts';

export interface OutputFile {
  readonly name: string;
  /** The content: bytes, at once or in parts that are made while they are written. */
  readonly content: Uint8Array | Iterable<Uint8Array>;
}

/**
 * {@link writeResults} of files that are at hand.
 *
 * @returns The paths, in the order of `files`.
 * @throws {UniCellError} As `writeResults`.
 */
export async function writeTogether(
  folder: string,
  files: readonly OutputFile[],
  signal?: AbortSignal,
): Promise<string[]> {
  if (files.length === 0) return [];
  const { paths } = await writeResults(
    { folder },
    async (results) => {
      for (const { name, content } of files) await results.put(name, content, signal);
    },
    signal,
  );
  return paths;
}

/** Where result files go. */
export interface ResultPlaces {
  readonly folder: string;
  /** Where they lie until all are complete, on the same disk; in `folder` when left out. */
  readonly partsFolder?: string | undefined;
  /** Called with what they are when all are complete, before any appears; when it throws, none does. */
  readonly beforeAppear?: ((files: readonly FileNote[]) => Promise<void>) | undefined;
}

/** Takes result files and folders, one after the other. */
export type ResultFiles = Required<ExportTarget>;

/**
 * Lets files be written under temporary names and renames them when all are complete. After an error or a cancel
 * nothing of them is left, and neither is the folder if it was not there before.
 *
 * @returns The paths, in the order in which the files were put, and what `write` gave.
 * @throws {UniCellError} `OUTPUT_UNWRITABLE` when the folder or a file in it cannot be made, `CANCELED`, and what
 *   `write` throws.
 */
export async function writeResults<T>(
  { folder, partsFolder = folder, beforeAppear }: ResultPlaces,
  write: (files: ResultFiles) => Promise<T>,
  signal?: AbortSignal,
): Promise<{ readonly paths: string[]; readonly written: T }> {
  const names: string[] = [];
  const notes: FileNote[] = [];
  const partOf = (name: string) => join(partsFolder, `.${name}.${process.pid}.part`);
  const removeParts = () => {
    for (const name of names) rmSync(partOf(name), { force: true, recursive: true });
  };
  let newFolder: string | undefined;
  // A second Ctrl-C ends the process without coming back here.
  process.once('exit', removeParts);
  try {
    newFolder = await mkdir(folder, { recursive: true });
    await mkdir(partsFolder, { recursive: true });
    const written = await write({
      async put(name, content, stop) {
        names.push(name);
        const written = await writePart(partOf(name), content, stop);
        notes.push({ name, ...written });
        return written;
      },
      async putFolder(name, pieces, stop) {
        names.push(name);
        const { files, ...written } = await writeFolder(partOf(name), pieces, stop);
        notes.push(folderNote(name, files));
        return written;
      },
    });
    throwIfCanceled(signal);
    await beforeAppear?.(notes);
    const paths = names.map((name) => join(folder, name));
    for (const path of paths) await requireReplaceable(path);
    for (const [index, name] of names.entries()) {
      await removeFolder(paths[index]!);
      await rename(partOf(name), paths[index]!);
    }
    return { paths, written };
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

/** What stands where a result goes: an earlier result, or something of the user's that is not touched. */
async function requireReplaceable(path: string): Promise<void> {
  const isFolder = (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
  const isStore = path.endsWith('.zarr') && (await stat(join(path, 'zarr.json')).catch(() => null));
  if (!isFolder || isStore) return;
  throw new UniCellError(
    'OUTPUT_UNWRITABLE',
    `${resolve(path)} is a folder that is no earlier result, and a result of this name would replace it. Move it away, or pass another --out.`,
  );
}

/** A file is replaced by a name; a folder is not. */
async function removeFolder(path: string): Promise<void> {
  const status = await stat(path).catch(() => undefined);
  if (status?.isDirectory()) await rm(path, { recursive: true });
}

async function writeFolder(
  folder: string,
  pieces: AsyncIterable<FolderPiece>,
  signal: AbortSignal | undefined,
) {
  const tally = new BlobTally();
  const ofFiles = new Map<string, BlobTally>();
  let [file, current]: [FileHandle | undefined, string] = [undefined, ''];
  try {
    for await (const { name, bytes } of pieces) {
      throwIfCanceled(signal);
      if (name !== current) {
        await file?.close();
        file = undefined;
        const path = join(folder, name);
        await mkdir(dirname(path), { recursive: true });
        file = await open(path, 'w');
        current = name;
        ofFiles.set(name, new BlobTally());
      }
      await file!.writeFile(bytes);
      tally.add(bytes);
      ofFiles.get(name)!.add(bytes);
    }
  } finally {
    await file?.close();
  }
  const files = [...ofFiles].map(([name, one]) => ({ name, ...one.finish() }));
  return { ...tally.finish(), files };
}

async function writePart(
  path: string,
  content: Parameters<ResultFiles['put']>[1],
  signal: AbortSignal | undefined,
) {
  const tally = new BlobTally();
  const file = await open(path, 'w');
  try {
    for await (const part of partsOf(content, signal)) {
      await file.writeFile(part);
      tally.add(part);
    }
  } finally {
    await file.close();
  }
  return tally.finish();
}
