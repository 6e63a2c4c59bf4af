/**
 * Files of this machine that people name.
 *
 * @module
 */
import { type FileHandle, open, stat } from 'node:fs/promises';

/** A file that cannot be opened or read. */
export class FileUnreadable extends Error {
  /** For messages, in brackets: the code of the operating system, or what is wrong with the path. */
  readonly reason: string;
  /** Of the operating system. */
  readonly code: string | undefined;

  constructor(path: string, reason: string, cause?: NodeJS.ErrnoException) {
    super(`${path}: ${reason}`, { cause });
    this.reason = reason;
    this.code = cause?.code;
  }
}

/**
 * Opens a regular file. It is looked at first: opening a named pipe waits for a writer, perhaps for ever, in a thread that
 * nothing can stop.
 *
 * @throws {FileUnreadable}
 */
export async function openRegular(path: string): Promise<FileHandle> {
  let isRegular: boolean;
  try {
    isRegular = (await stat(path)).isFile();
    if (isRegular) return await open(path);
  } catch (cause) {
    throw fault(path, cause as NodeJS.ErrnoException);
  }
  throw new FileUnreadable(path, 'not a file');
}

/**
 * Reads a regular file at once.
 *
 * @throws {FileUnreadable}
 */
export async function readRegular(path: string): Promise<Buffer> {
  const file = await openRegular(path);
  try {
    return await file.readFile();
  } catch (cause) {
    throw fault(path, cause as NodeJS.ErrnoException);
  } finally {
    await file.close();
  }
}

function fault(path: string, cause: NodeJS.ErrnoException): FileUnreadable {
  // Node decodes names as UTF-8; one that is none holds replacement characters and leads to no file.
  const isUndecoded = cause.code === 'ENOENT' && path.includes('\uFFFD');
  const reason = isUndecoded
    ? 'ENOENT; its name is not UTF-8, rename it'
    : (cause.code ?? cause.message);
  return new FileUnreadable(path, reason, cause);
}
