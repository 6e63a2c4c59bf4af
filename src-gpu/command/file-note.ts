/**
 * What is noted of a result, so that it is known again, and known not to have been changed.
 *
 * @module
 */
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { BlobTally } from '../blobs/blob-parts.ts';

/** A result, a file or a folder. */
export interface FileNote {
  readonly name: string;
  readonly bytes: number;
  /** Of a folder that of its files, each with its path. */
  readonly sha256: string;
}

/** Looks at a result as it lies in a folder; `undefined` where nothing is. What cannot be read is like nothing that was written. */
export async function noteOf(folder: string, name: string): Promise<FileNote | undefined> {
  const path = join(folder, name);
  const status = await stat(path).catch(() => undefined);
  if (status === undefined) return undefined;
  const unlike = { name, bytes: status.size, sha256: '' };
  if (status.isFile()) return { name, ...(await tallyOf(path).catch(() => unlike)) };
  if (!status.isDirectory()) return unlike;
  const files: FileNote[] = [];
  for (const entry of await readdir(path, { recursive: true, withFileTypes: true })) {
    // Hidden are what a file manager leaves in a folder that was looked at.
    if (!entry.isFile() || entry.name.startsWith('.')) continue;
    const file = join(entry.parentPath, entry.name);
    const tally = await tallyOf(file).catch(() => unlike);
    files.push({ ...tally, name: relative(path, file).split(sep).join('/') });
  }
  return folderNote(name, files);
}

export function noteOfBytes(name: string, bytes: Uint8Array): FileNote {
  const tally = new BlobTally();
  tally.add(bytes);
  return { name, ...tally.finish() };
}

/** The note of a folder from those of its files, in any order. */
export function folderNote(name: string, files: readonly FileNote[]): FileNote {
  const lines = files.map((one) => `${JSON.stringify(one.name)} ${one.sha256}\n`).sort();
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  return { ...noteOfBytes(name, new TextEncoder().encode(lines.join(''))), bytes };
}

export function isSameFile(one: FileNote, other: FileNote): boolean {
  return one.name === other.name && one.bytes === other.bytes && one.sha256 === other.sha256;
}

async function tallyOf(path: string) {
  const tally = new BlobTally();
  for await (const part of createReadStream(path, { highWaterMark: 1 << 20 })) tally.add(part);
  return tally.finish();
}
