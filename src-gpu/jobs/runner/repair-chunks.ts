/**
 * Chunks of a finished job whose files were damaged since.
 *
 * @module
 */
import type { JobError } from '../../../shared/api/jobs/job-schemas.ts';
import { throwIfCanceled } from '../../../shared/cancel.ts';
import { UniCellError } from '../../../shared/errors.ts';
import { Bits } from '../../chunks/bits.ts';
import type { ChunkFolder } from '../../chunks/chunk-folder.ts';
import type { JobPlan } from '../../chunks/job-plan.ts';
import type { Slide } from '../../slides/slide.ts';
import { stateOf } from '../job-state.ts';
import type { JobRecord } from '../job-store.ts';
import { doneChunks } from './done-chunks.ts';
import { shownError } from './job-outcomes.ts';

export interface RepairedChunks {
  /** Windows that were run again. */
  readonly windows: number;
  /** Chunks that could not be run again, and why. */
  readonly lost: ReadonlyMap<number, Omit<JobError, 'region'>>;
}

/**
 * Runs again what has no whole file, but for what the job has given up before.
 *
 * @param run Runs a chunk and writes its file.
 * @param isPassing Whether a failure may pass by itself; it is thrown, for the whole to be tried again.
 */
export async function repairChunks(
  folder: ChunkFolder,
  record: JobRecord,
  run: (index: number) => Promise<{ readonly windows: number }>,
  isPassing: (error: unknown) => boolean,
  signal: AbortSignal,
): Promise<RepairedChunks> {
  const there = new Set((await doneChunks(folder)).indices);
  const failed = Bits.parse(stateOf(record)!.failed);
  const lost = new Map<number, Omit<JobError, 'region'>>();
  let windows = 0;
  for (const index of folder.layout.tasks.keys()) {
    if (there.has(index) || failed.has(index)) continue;
    try {
      windows += (await run(index)).windows;
    } catch (error) {
      throwIfCanceled(signal);
      if (isPassing(error)) throw error;
      lost.set(index, shownError(error));
    }
  }
  return { windows, lost };
}

/** @throws {UniCellError} `SOURCE_NOT_FOUND` when the slide is not the one that the job was made from. */
export async function requireSameSlide(
  slide: Slide,
  { fingerprint }: JobPlan,
  signal: AbortSignal,
): Promise<void> {
  if ((await slide.fingerprint(signal)) === fingerprint) return;
  throw new UniCellError(
    'SOURCE_NOT_FOUND',
    'The slide of the job is gone: another one lies at its place now. Put the slide back, or start a new job.',
  );
}
