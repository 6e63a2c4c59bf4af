/**
 * The bytes of a file, wherever it lies.
 *
 * @module
 */
import { UniCellError } from '../../../shared/errors.ts';

/** A file that is read by ranges; any number of reads may run at once. */
export interface ByteSource {
  /** Path or address, for messages. */
  readonly label: string;
  /** Bytes of the file. */
  readonly size: number;
  /**
   * Reads a range of the file.
   *
   * @throws {UniCellError} `IMAGE_UNREADABLE` when the range does not lie in the file or the disk fails,
   *   `SOURCE_UNREACHABLE` when a server fails, `CANCELED` at once after `signal`.
   */
  read(offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** @throws {UniCellError} `IMAGE_UNREADABLE` when the range does not lie in the file. */
export function requireRange(
  { label, size }: Pick<ByteSource, 'label' | 'size'>,
  offset: number,
  length: number,
): void {
  if (!(offset >= 0 && length >= 0 && offset + length <= size)) {
    throw new UniCellError(
      'IMAGE_UNREADABLE',
      `${label} has ${size} bytes and refers to ${length} bytes at ${offset}, beyond its end. The file is damaged or truncated; fetch or export it again.`,
    );
  }
}

/** Of a file that is wanted as a whole. */
export function tooLong(label: string, maxBytes: number): UniCellError {
  return new UniCellError(
    'IMAGE_UNREADABLE',
    `${label} has more than the ${maxBytes} bytes that it can need. The file is damaged; fetch or export it again.`,
  );
}
