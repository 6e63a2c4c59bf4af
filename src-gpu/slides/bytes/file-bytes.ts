/**
 * The bytes of a file on this machine.
 *
 * @module
 */
import type { FileHandle } from 'node:fs/promises';
import { UniCellError } from '../../../shared/errors.ts';
import { untilAborted } from '../../../shared/shared-load.ts';
import { type ByteSource, requireRange } from './byte-source.ts';
import { type FileUnreadable, openRegular } from './regular-file.ts';

const wanted = 'Pass the path of a picture or slide';

/**
 * Opens a file.
 *
 * @throws {UniCellError} `SOURCE_NOT_FOUND` when there is no such file, it is no regular one or it may not be read,
 *   `IMAGE_UNREADABLE` when it is empty.
 */
export async function openFile(path: string): Promise<ByteSource> {
  const file = await openRegular(path).catch((cause: FileUnreadable) => {
    throw new UniCellError(
      'SOURCE_NOT_FOUND',
      `${path} cannot be opened (${cause.reason}). ${wanted}.`,
      { cause },
    );
  });
  try {
    const status = await file.stat();
    if (status.size === 0) {
      throw new UniCellError('IMAGE_UNREADABLE', `${path} is empty (0 bytes). ${wanted}.`);
    }
    return new FileBytes(path, status.size, file);
  } catch (error) {
    await file.close();
    throw error;
  }
}

class FileBytes implements ByteSource {
  readonly label: string;
  readonly size: number;
  readonly #file: FileHandle;

  constructor(path: string, size: number, file: FileHandle) {
    this.label = path;
    this.size = size;
    this.#file = file;
  }

  /** A disk that hangs cannot be told to stop; who has given up does not wait for it. */
  read(offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array> {
    return untilAborted(this.#readAll(offset, length), signal);
  }

  async #readAll(offset: number, length: number): Promise<Uint8Array> {
    requireRange(this, offset, length);
    const bytes = new Uint8Array(length);
    let done = 0;
    while (done < length) {
      const { bytesRead } = await this.#read(bytes, done, length - done, offset + done);
      // The file has become shorter since it was opened.
      if (bytesRead === 0) requireRange({ label: this.label, size: offset + done }, offset, length);
      done += bytesRead;
    }
    return bytes;
  }

  async #read(bytes: Uint8Array, at: number, length: number, offset: number) {
    try {
      return await this.#file.read(bytes, at, length, offset);
    } catch (cause) {
      throw new UniCellError(
        'IMAGE_UNREADABLE',
        `${this.label} cannot be read (${(cause as NodeJS.ErrnoException).code}). Check the disk that holds it.`,
        { cause },
      );
    }
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}
