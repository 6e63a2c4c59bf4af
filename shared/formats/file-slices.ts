/**
 * How a result that is too large for what reads its format becomes several files.
 *
 * @module
 */
import type { FilePlace, Format } from './format.ts';

/** One of the files of a result: the nuclei from `start` to `end`, which is excluded. */
export interface FileSlice {
  readonly name: string;
  readonly start: number;
  readonly end: number;
  /** Left out where there is one file. */
  readonly part?: FilePlace;
}

/**
 * The files of a result in a format: `STEM.EXTENSION`, or `STEM.part-001.EXTENSION` and so on, all full but
 * the last.
 *
 * @param count How many nuclei there are.
 */
export function fileSlices(
  { extension, maxCount = Number.POSITIVE_INFINITY }: Format,
  stem: string,
  count: number,
): FileSlice[] {
  if (count <= maxCount) return [{ name: `${stem}.${extension}`, start: 0, end: count }];
  const of = Math.ceil(count / maxCount);
  return Array.from({ length: of }, (_, i) => ({
    name: `${stem}.part-${String(i + 1).padStart(3, '0')}.${extension}`,
    start: i * maxCount,
    end: Math.min(count, (i + 1) * maxCount),
    part: { number: i + 1, of },
  }));
}
