import type { JobRecord } from '../jobs/job-store.ts';
import type { Slide } from '../slide/slide.ts';

interface OpenSlide {
  readonly slide: Promise<Slide>;
  users: number;
}

/**
 * Keeps the slides of the jobs at hand open, since every chunk needs one. Idle slides beyond `capacity` are
 * closed, the one that was used longest ago first.
 */
export class SlideCache {
  readonly #open: (record: JobRecord) => Promise<Slide>;
  readonly #capacity: number;
  /** By job, in the order of last use. */
  readonly #slides = new Map<string, OpenSlide>();

  constructor(open: (record: JobRecord) => Promise<Slide>, capacity = 2) {
    this.#open = open;
    this.#capacity = capacity;
  }

  /** Runs `work` with the slide of a job, which stays open until it has ended. */
  async use<T>(record: JobRecord, work: (slide: Slide) => Promise<T>): Promise<T> {
    const { id } = record.job;
    const entry = this.#slides.get(id) ?? { slide: this.#open(record), users: 0 };
    entry.users++;
    this.#slides.delete(id);
    this.#slides.set(id, entry);
    try {
      return await work(await entry.slide);
    } catch (error) {
      // A file that could not be opened, or read, may have become better by the next try.
      if (this.#slides.get(id) === entry) this.#slides.delete(id);
      throw error;
    } finally {
      entry.users--;
      await this.#shrink(entry, id);
    }
  }

  /** Closes what nobody uses. */
  async close(): Promise<void> {
    const idle = [...this.#slides].filter(([, { users }]) => users === 0);
    for (const [id, entry] of idle) {
      this.#slides.delete(id);
      await closeQuietly(entry);
    }
  }

  async #shrink(used: OpenSlide, id: string): Promise<void> {
    if (used.users === 0 && this.#slides.get(id) !== used) await closeQuietly(used);
    for (const [other, entry] of this.#slides) {
      if (this.#slides.size <= this.#capacity) return;
      if (entry.users > 0) continue;
      this.#slides.delete(other);
      await closeQuietly(entry);
    }
  }
}

/** What was read is right, whatever happens when the file is closed. */
async function closeQuietly({ slide }: OpenSlide): Promise<void> {
  await slide.then((one) => one.close()).catch(() => {});
}
