import { throwIfCanceled } from '../../../shared/cancel.ts';
import { type ErrorCode, UniCellError } from '../../../shared/errors.ts';
import { SharedLoad } from '../../../shared/shared-load.ts';
import type { Slide } from '../../slides/slide.ts';
import type { JobRecord } from '../job-store.ts';

interface OpenSlide {
  readonly opening: SharedLoad<Slide>;
  users: number;
  /** Closes the slide when nobody has used it for a while. */
  timer?: NodeJS.Timeout;
}

export interface SlideCacheLimits {
  /** Slides that stay open though nobody uses them. */
  readonly capacity: number;
  /** How long they do. */
  readonly idleMs: number;
}

const LIMITS: SlideCacheLimits = { capacity: 4, idleMs: 120_000 };

/**
 * Keeps the slides of the jobs at hand open, since every chunk and every tile of a viewer needs one. Idle
 * slides are closed after a while; of those beyond the capacity, the one that was used longest ago at once.
 */
export class SlideCache {
  readonly #open: (record: JobRecord, signal: AbortSignal) => Promise<Slide>;
  readonly #limits: SlideCacheLimits;
  /** By job, in the order of last use. */
  readonly #slides = new Map<string, OpenSlide>();

  /** @param open Its signal is aborted when nobody waits for the slide any more. */
  constructor(
    open: (record: JobRecord, signal: AbortSignal) => Promise<Slide>,
    limits: Partial<SlideCacheLimits> = {},
  ) {
    this.#open = open;
    this.#limits = { ...LIMITS, ...limits };
  }

  /**
   * Runs `work` with the slide of a job, which stays open until it has ended.
   *
   * @throws {UniCellError} `CANCELED` after `signal`, also while the slide is being opened.
   */
  async use<T>(
    record: JobRecord,
    work: (slide: Slide) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> {
    throwIfCanceled(signal);
    const { id } = record.job;
    const entry = this.#entryOf(record);
    entry.users++;
    clearTimeout(entry.timer);
    this.#slides.delete(id);
    this.#slides.set(id, entry);
    // A file that could not be opened, or read, may have become better by the next try.
    const forget = () => {
      if (this.#slides.get(id) === entry) this.#slides.delete(id);
    };
    entry.opening.result.catch(forget);
    try {
      return await work(await entry.opening.wait(signal));
    } catch (error) {
      if (!isHarmless(error)) forget();
      throw error;
    } finally {
      entry.users--;
      await this.#shrink(entry, id);
    }
  }

  #entryOf(record: JobRecord): OpenSlide {
    const kept = this.#slides.get(record.job.id);
    if (kept && !kept.opening.isAbandoned) return kept;
    if (kept) {
      clearTimeout(kept.timer);
      void closeQuietly(kept);
    }
    return { opening: new SharedLoad((signal) => this.#open(record, signal)), users: 0 };
  }

  /** Lets go of the slide of a job that is erased, once nobody uses it any more. */
  async drop(jobId: string): Promise<void> {
    const entry = this.#slides.get(jobId);
    if (entry?.users === 0) await this.#close(jobId, entry);
    else this.#slides.delete(jobId);
  }

  /** Closes what nobody uses. */
  async close(): Promise<void> {
    const idle = [...this.#slides].filter(([, { users }]) => users === 0);
    for (const [id, entry] of idle) await this.#close(id, entry);
  }

  async #shrink(used: OpenSlide, id: string): Promise<void> {
    if (used.users === 0 && this.#slides.get(id) !== used) await closeQuietly(used);
    else if (used.users === 0) this.#closeLater(used, id);
    for (const [other, entry] of this.#slides) {
      if (this.#slides.size <= this.#limits.capacity) return;
      if (entry.users === 0) await this.#close(other, entry);
    }
  }

  #closeLater(entry: OpenSlide, id: string): void {
    entry.timer = setTimeout(() => this.#close(id, entry), this.#limits.idleMs);
    entry.timer.unref();
  }

  async #close(id: string, entry: OpenSlide): Promise<void> {
    clearTimeout(entry.timer);
    this.#slides.delete(id);
    await closeQuietly(entry);
  }
}

/** Whether a failure says nothing of the slide: nobody waits any more, or something was asked that it has not. */
function isHarmless(error: unknown): boolean {
  const harmless: readonly ErrorCode[] = ['CANCELED', 'INVALID_OPTIONS', 'NOT_FOUND'];
  return error instanceof UniCellError && harmless.includes(error.code);
}

/** What was read is right, whatever happens when the file is closed. */
async function closeQuietly({ opening }: OpenSlide): Promise<void> {
  await opening.result.then((one) => one.close()).catch(() => {});
}
