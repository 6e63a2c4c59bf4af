/**
 * A Zarr in a folder of this machine.
 *
 * @module
 */
import { type FileHandle, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { UniCellError } from '../../../shared/errors.ts';
import { tooLong } from '../bytes/byte-source.ts';
import { FileUnreadable, openRegular } from '../bytes/regular-file.ts';
import type { Part, ZarrStore } from './zarr-store.ts';

/** What a path that leads to no file fails with. */
const NOTHING_THERE = ['ENOENT', 'ENOTDIR', 'EISDIR'];

/** Files are opened for each read: a slide has more chunks than a process may hold files. */
export class FolderStore implements ZarrStore {
  readonly label: string;
  readonly #root: Promise<string>;

  constructor(folder: string) {
    this.label = folder;
    this.#root = realpath(folder);
  }

  read(key: string, maxBytes: number): Promise<Uint8Array | undefined> {
    return this.#with(key, async (file) => {
      const { size } = await file.stat();
      if (size > maxBytes) throw tooLong(`${this.label}: ${key}`, maxBytes);
      return this.#readAt(file, key, 0, size);
    });
  }

  readPart(key: string, part: Part): Promise<Uint8Array | undefined> {
    return this.#with(key, async (file) => {
      if ('length' in part) return this.#readAt(file, key, part.offset, part.length);
      const { size } = await file.stat();
      const length = Math.min(size, part.suffixLength);
      return this.#readAt(file, key, size - length, length);
    });
  }

  async #with<T>(key: string, read: (file: FileHandle) => Promise<T>): Promise<T | undefined> {
    try {
      const root = await this.#root;
      const path = await realpath(join(root, key));
      // A link in a Zarr of somebody else must not show files of this machine.
      if (!path.startsWith(root + sep)) {
        throw new UniCellError(
          'SOURCE_FORBIDDEN',
          `${this.label} has a link at ${key} that leads out of it, which is not followed. Copy the Zarr with its files.`,
        );
      }
      const file = await openRegular(path);
      try {
        return await read(file);
      } finally {
        await file.close();
      }
    } catch (cause) {
      if (cause instanceof UniCellError) throw cause;
      // A folder or a pipe under the name of a chunk is no chunk.
      if (cause instanceof FileUnreadable && cause.code === undefined) return undefined;
      const { code } = cause as NodeJS.ErrnoException;
      if (code !== undefined && NOTHING_THERE.includes(code)) return undefined;
      throw new UniCellError(
        'IMAGE_UNREADABLE',
        `${this.label}: ${key} cannot be read (${code}). Check the disk that holds it, and who may read it.`,
        { cause },
      );
    }
  }

  async #readAt(
    file: FileHandle,
    key: string,
    offset: number,
    length: number,
  ): Promise<Uint8Array> {
    const bytes = new Uint8Array(length);
    for (let done = 0; done < length; ) {
      const { bytesRead } = await file.read(bytes, done, length - done, offset + done);
      if (bytesRead === 0) {
        throw new UniCellError(
          'IMAGE_UNREADABLE',
          `${this.label}: ${key} ends after ${offset + done} bytes, and ${length} bytes at ${offset} are needed. The Zarr is truncated; copy or export it again.`,
        );
      }
      done += bytesRead;
    }
    return bytes;
  }
}
