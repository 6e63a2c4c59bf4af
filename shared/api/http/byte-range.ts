/**
 * The Range header of a request for a file (RFC 9110, section 14).
 *
 * @module
 */

import { UniCellError } from '../../errors.ts';

/** Bytes of a file; `end` is excluded. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * Reads a Range header.
 *
 * @param size Bytes of the file.
 * @returns `undefined` where the whole file is to be sent: no header, another unit, several ranges, or
 *   one that is none. A server may do so with any range.
 * @throws {UniCellError} `RANGE_NOT_SATISFIABLE` when it begins beyond the end.
 */
export function parseByteRange(
  header: string | null | undefined,
  size: number,
): ByteRange | undefined {
  const match = /^\s*bytes\s*=\s*(\d{0,15})\s*-\s*(\d{0,15})\s*$/i.exec(header ?? '');
  if (!match || (match[1] === '' && match[2] === '')) return undefined;
  const [first, last] = [match[1]!, match[2]!];
  // `-500` are the last 500 bytes.
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size : Math.min(size, Number(last) + 1);
  if (first !== '' && last !== '' && Number(last) < start) return undefined;
  if (start >= size) {
    throw new UniCellError(
      'RANGE_NOT_SATISFIABLE',
      `Range is ${JSON.stringify(header)}; the file has ${size} bytes. Ask for bytes that it has.`,
    );
  }
  return { start, end };
}
