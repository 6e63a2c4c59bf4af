/**
 * What happens when somebody who reads a finished job finds that a part of its result is damaged or gone.
 *
 * @module
 */
import { UniCellError } from '../../shared/errors.ts';
import type { ChunkFolder } from '../chunks/chunk-folder.ts';
import { damaged, damagedChunks, damageEvents, isDamaged } from './job-damage.ts';
import type { JobRecord, JobStore } from './job-store.ts';

export interface RepairsOptions {
  readonly store: JobStore;
  /** Hears once of every damage, for the log. */
  readonly onDamage: (damage: Error, jobId: string) => void;
}

export class Repairs {
  readonly #options: RepairsOptions;

  constructor(options: RepairsOptions) {
    this.#options = options;
  }

  /**
   * Says on the job which of its chunks are damaged, and has them run again.
   *
   * @param missing Chunks that could not be read; those that the job is known to lack are left out.
   * @returns Whether there are any besides these.
   */
  async chunks(
    record: JobRecord,
    { layout, damage }: ChunkFolder,
    missing: readonly number[],
  ): Promise<boolean> {
    const chunks = damagedChunks(record, missing);
    if (chunks.length === 0) return false;
    const why = chunks.map((index) => `${index}: ${damage.get(index) ?? 'its file is gone'}`);
    await this.#report(record, { chunks, layout }, `chunks ${why.join('; ')}`);
    return true;
  }

  /**
   * The same for another file of the result.
   *
   * @returns Whether it is being made again: not where that was tried in vain.
   */
  file(record: JobRecord, name: string): Promise<boolean> {
    return this.#report(record, { chunks: [], layout: undefined }, name);
  }

  async #report(
    { job }: JobRecord,
    damage: Parameters<typeof damaged>[1],
    what: string,
  ): Promise<boolean> {
    const { store, onDamage } = this.#options;
    const { id: jobId, attempt, priority } = job;
    let isNews = false;
    const change = (one: JobRecord) => {
      const changed = one.job.attempt === attempt ? damaged(one, damage) : undefined;
      isNews = changed !== undefined;
      return changed;
    };
    const record = await store.update(jobId, change, damageEvents);
    if (isNews)
      onDamage(new ResultDamaged(`Of a finished job is damaged or gone: ${what}.`), jobId);
    const isOpen = record !== undefined && isDamaged(record);
    // Also where it was said before: who said it may have been killed before this.
    if (isOpen) await store.enqueue([{ jobId, attempt, kind: 'repair', chunk: 0, priority }]);
    return isOpen;
  }
}

class ResultDamaged extends Error {
  override readonly name = 'ResultDamaged';
}

/** What is told to who needs the whole of a result that is being repaired. */
export function beingRepaired(jobId: string): UniCellError {
  return new UniCellError(
    'NOT_READY',
    `A part of the result of job ${jobId} was damaged in the store and is being made again from the slide. Ask again in a moment; the warnings of the job say what has come of it.`,
  );
}
