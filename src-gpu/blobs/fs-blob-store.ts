/**
 * Blobs as files of one folder, which may lie on a disk that several machines share.
 *
 * @module
 */
import { randomUUID } from 'node:crypto';
import type { Dirent } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rename, rm, rmdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { checkKey, checkPrefix } from './blob-key.ts';
import { BlobTally, partsOf } from './blob-parts.ts';
import type { BlobContent, BlobStore } from './blob-store.ts';
import { undefinedIfMissing } from './missing-file.ts';
import { ScratchFile } from './scratch-file.ts';
import { unwritable } from './unwritable.ts';

/** Blobs that are being written; no key begins with a dot. */
const PARTS = '.parts';
/** A part this old was left by a process that was killed. */
const PART_LIFE_MS = 24 * 3600_000;

/**
 * Opens a folder of blobs, and makes it when there is none. What killed processes left in it is removed.
 *
 * @throws {UniCellError} `OUTPUT_UNWRITABLE`.
 */
export async function openFsBlobStore(folder: string): Promise<BlobStore> {
  const store = new FsBlobStore(resolve(folder));
  await store.check();
  await store.removeOldParts();
  return store;
}

class FsBlobStore implements BlobStore {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async put(
    key: string,
    content: BlobContent,
    signal?: AbortSignal,
  ): Promise<{ readonly bytes: number; readonly sha256: string }> {
    checkKey(key);
    const part = join(this.#folder, PARTS, randomUUID());
    try {
      const written = await this.#writePart(part, content, signal);
      await this.#write(() => moveInto(part, join(this.#folder, key)));
      return written;
    } catch (error) {
      await rm(part, { force: true }).catch(undefinedIfMissing);
      throw error;
    }
  }

  async get(
    key: string,
    range?: { readonly start: number; readonly end: number },
  ): Promise<ReadableStream<Uint8Array> | undefined> {
    const file = await this.#open(key);
    if (file === undefined) return undefined;
    if (range && range.end <= range.start) {
      await file.close();
      return new Blob([]).stream();
    }
    const stream = file.createReadStream(range ? { start: range.start, end: range.end - 1 } : {});
    return Readable.toWeb(stream) as ReadableStream<Uint8Array>;
  }

  async bytes(key: string): Promise<Uint8Array | undefined> {
    const file = await this.#open(key);
    try {
      return file && new Uint8Array(await file.readFile());
    } finally {
      await file?.close();
    }
  }

  async size(key: string): Promise<number | undefined> {
    checkKey(key);
    const found = await stat(join(this.#folder, key)).catch(undefinedIfMissing);
    return found?.isFile() ? found.size : undefined;
  }

  async *list(prefix: string): AsyncIterable<string> {
    checkPrefix(prefix);
    const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
    yield* this.#walk(folder, prefix);
  }

  async remove(prefix: string): Promise<void> {
    for await (const key of this.list(prefix)) {
      const path = join(this.#folder, key);
      await rm(path, { force: true });
      await this.#removeEmptyFolders(dirname(path));
    }
  }

  async localPath(key: string): Promise<string | undefined> {
    return (await this.size(key)) === undefined ? undefined : join(this.#folder, key);
  }

  scratch(): Promise<ScratchFile> {
    return ScratchFile.open(join(this.#folder, PARTS));
  }

  async check(): Promise<void> {
    const part = join(this.#folder, PARTS, randomUUID());
    try {
      await this.#writePart(part, new Uint8Array(1), undefined);
    } finally {
      await rm(part, { force: true }).catch(undefinedIfMissing);
    }
  }

  async close(): Promise<void> {}

  async removeOldParts(): Promise<void> {
    const folder = join(this.#folder, PARTS);
    for (const name of await readdir(folder)) {
      const part = await stat(join(folder, name)).catch(undefinedIfMissing);
      if (part && Date.now() - part.mtimeMs > PART_LIFE_MS) {
        await rm(join(folder, name), { force: true });
      }
    }
  }

  async #writePart(
    path: string,
    content: BlobContent,
    signal: AbortSignal | undefined,
  ): Promise<{ readonly bytes: number; readonly sha256: string }> {
    const tally = new BlobTally();
    const file = await this.#write(async () => {
      await mkdir(dirname(path), { recursive: true });
      return open(path, 'wx');
    });
    try {
      for await (const part of partsOf(content, signal)) {
        await this.#write(() => file.writeFile(part));
        tally.add(part);
      }
      await this.#write(() => file.sync());
    } finally {
      await file.close();
    }
    return tally.finish();
  }

  async #open(key: string): Promise<FileHandle | undefined> {
    checkKey(key);
    if ((await this.size(key)) === undefined) return undefined;
    return open(join(this.#folder, key)).catch(undefinedIfMissing);
  }

  /** Folders are sorted with the slash that follows their names in keys. */
  async *#walk(folder: string, prefix: string): AsyncIterable<string> {
    const entries = await readdir(join(this.#folder, folder), { withFileTypes: true }).catch(
      (error) => undefinedIfMissing(error) ?? ([] as Dirent[]),
    );
    const names = entries
      .filter(({ name }) => !name.startsWith('.'))
      .map((entry) => `${folder}${entry.name}${entry.isDirectory() ? '/' : ''}`)
      .filter((name) => name.startsWith(prefix) || prefix.startsWith(name))
      .sort();
    for (const name of names) {
      if (name.endsWith('/')) yield* this.#walk(name, prefix);
      else if (name.startsWith(prefix)) yield name;
    }
  }

  async #removeEmptyFolders(folder: string): Promise<void> {
    for (let path = folder; path.length > this.#folder.length; path = dirname(path)) {
      try {
        await rmdir(path);
      } catch {
        return;
      }
    }
  }

  async #write<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (cause) {
      throw unwritable(this.#folder, cause);
    }
  }
}

/** The folder may be removed, being empty, between its making and the renaming. */
async function moveInto(part: string, path: string): Promise<void> {
  for (let tries = 0; ; tries++) {
    await mkdir(dirname(path), { recursive: true });
    try {
      await rename(part, path);
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || tries === 10) throw error;
    }
  }
  // Without this a power cut may undo the renaming.
  const folder = await open(dirname(path));
  await folder.sync().finally(() => folder.close());
}
