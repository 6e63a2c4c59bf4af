/**
 * What is told of a Zarr by some of its chunks, evenly spread: what names its content, and how bright it is.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { rangeWarnings } from '../sample-range.ts';
import type { SlideWarning } from '../slide.ts';
import type { PixelArray } from './zarr-array.ts';
import { MAX_CHUNK_BYTES } from './zarr-array.ts';
import type { LevelArray } from './zarr-level.ts';
import type { ZarrFiles } from './zarr-store.ts';

/** Files of the finest level that its name is taken from. */
const FINGERPRINT_FILES = 64;
const SHARD_END_BYTES = 64 * 1024;
/** Chunks that are looked at for the range of their samples. */
const CHUNKS_TO_TRY = 16;

/**
 * SHA-256, as hex, over what describes the levels and up to 64 files of the finest one, the first and the last among
 * them: chunks as they are stored, or the last 64 KiB of shards, where their tables are.
 */
export async function fingerprintOfZarr(
  files: ZarrFiles,
  levels: readonly Omit<LevelArray, 'channels'>[],
): Promise<string> {
  const hash = createHash('sha256');
  for (const { array } of levels)
    hash.update(JSON.stringify([array.path, array.shape, array.fileChunk, array.samples]));
  const { array } = levels[0]!;
  const counts = array.shape.map((side, i) => Math.ceil(side / array.fileChunk[i]!));
  for (const place of spread(counts, FINGERPRINT_FILES)) {
    const key = array.fileKey(place);
    const bytes = array.isSharded
      ? await files.store.readPart(key, { suffixLength: SHARD_END_BYTES })
      : await files.store.read(key, 2 * MAX_CHUNK_BYTES);
    hash.update(`${key} ${bytes?.length ?? 'none'}\n`).update(bytes ?? '');
  }
  return hash.digest('hex');
}

/** Says when samples of 16 bits hardly use their range. A chunk that is damaged says so when it is read. */
export async function deepWarnings(label: string, { array }: LevelArray): Promise<SlideWarning[]> {
  if (array.samples !== 'uint16') return [];
  const counts = array.shape.map((side, i) => Math.ceil(side / array.chunk[i]!));
  let brightest = 0;
  // One after the other: a chunk may take a hundred megabytes.
  for (const place of spread(counts, CHUNKS_TO_TRY)) {
    brightest = Math.max(brightest, await brightestOf(array, place).catch(() => 0));
  }
  return brightest === 0 ? [] : rangeWarnings(label, brightest);
}

async function brightestOf(array: PixelArray, place: readonly number[]): Promise<number> {
  const { data } = await array.readChunk(place);
  let most = 0;
  for (const value of data) if (value > most) most = value;
  return most;
}

/** Places of a grid, at most so many, from its first to its last. */
function spread(counts: readonly number[], most: number): number[][] {
  const all = counts.reduce((product, count) => product * count, 1);
  const tried = Math.min(all, most);
  return Array.from({ length: tried }, (_, i) => {
    let left = tried === 1 ? 0 : Math.round((i * (all - 1)) / (tried - 1));
    return counts
      .toReversed()
      .map((count) => {
        const index = left % count;
        left = Math.floor(left / count);
        return index;
      })
      .toReversed();
  });
}
