import { createHash } from 'node:crypto';
import { parse } from 'node:path';

/** Bytes that a file system takes in a name, and what dataset, format, part and temporary endings take of them. */
const NAME_BYTES = 255;
const ENDING_BYTES = 85;
const HASH_LETTERS = 8;

/**
 * What the result files of a picture are called, without their endings: its name, shortened where a file system would
 * not take it with them. Two long names that begin alike stay apart.
 */
export function resultStem(id: string): string {
  const { name } = parse(id);
  const room = NAME_BYTES - ENDING_BYTES;
  if (Buffer.byteLength(name) <= room) return name;
  const hash = createHash('sha256').update(name).digest('hex').slice(0, HASH_LETTERS);
  let kept = name;
  while (Buffer.byteLength(kept) > room - HASH_LETTERS - 1) kept = [...kept].slice(0, -1).join('');
  return `${kept}~${hash}`;
}
