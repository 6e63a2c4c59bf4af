/**
 * A file without a name, for what does not fit into memory: it is gone when it is closed, or when the process
 * ends in whatever way.
 *
 * @module
 */
import { randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { unwritable } from './unwritable.ts';

export class ScratchFile {
  readonly #folder: string;
  readonly #file: FileHandle;
  #length = 0;

  private constructor(folder: string, file: FileHandle) {
    this.#folder = folder;
    this.#file = file;
  }

  /** @throws {UniCellError} `OUTPUT_UNWRITABLE`. */
  static async open(folder: string): Promise<ScratchFile> {
    const path = join(folder, randomUUID());
    try {
      await mkdir(folder, { recursive: true });
      const file = await open(path, 'wx+');
      await rm(path);
      return new ScratchFile(folder, file);
    } catch (cause) {
      throw unwritable(folder, cause);
    }
  }

  /**
   * Writes at the end; one call after the other.
   *
   * @returns Where it lies.
   * @throws {UniCellError} `OUTPUT_UNWRITABLE`, for instance on a full disk.
   */
  async append(bytes: Uint8Array): Promise<number> {
    const at = this.#length;
    try {
      for (let done = 0; done < bytes.length; ) {
        const { bytesWritten } = await this.#file.write(
          bytes.subarray(done),
          null,
          null,
          at + done,
        );
        done += bytesWritten;
      }
    } catch (cause) {
      throw unwritable(this.#folder, cause);
    }
    this.#length += bytes.length;
    return at;
  }

  /** Fills `bytes` with what lies at `at`. */
  async read(at: number, bytes: Uint8Array): Promise<void> {
    for (let done = 0; done < bytes.length; ) {
      const left = bytes.length - done;
      const { bytesRead } = await this.#file.read(bytes, done, left, at + done);
      if (bytesRead === 0) throw new RangeError(`There are no ${left} bytes at ${at + done}.`);
      done += bytesRead;
    }
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}
