/**
 * Puts right what killed processes leave, and removes what is kept no longer.
 *
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { v7 as uuidv7 } from 'uuid';
import { hasEnded } from '../../../shared/api/jobs/job-answers.ts';
import type { JobStatus } from '../../../shared/api/jobs/job-schemas.ts';
import type { BlobStore } from '../../blobs/blob-store.ts';
import { eraseBlobs, jobOfBlob, UPLOADS } from '../job-blobs.ts';
import { JOBS } from '../job-keys.ts';
import type { JobRecord, JobStore, StoredTask } from '../job-store.ts';
import type { TaskRunner } from '../runner/task-runner.ts';
import { OPEN_STATUSES } from '../store/open-statuses.ts';

const PAGE = 100;
const DAY_MS = 24 * 3600_000;
/** An upload without a job is not one that is still coming in. */
const UPLOAD_MS = DAY_MS;

export interface SweeperOptions {
  readonly store: JobStore;
  readonly blobs: BlobStore;
  readonly runner: Pick<TaskRunner, 'due'>;
  /** Jobs that ended are erased this long after they were made. */
  readonly retentionDays: number;
  /** Between looks at open jobs; 60 s when left out. */
  readonly healMs?: number | undefined;
  /** Between looks at what is old; an hour when left out. */
  readonly eraseMs?: number | undefined;
  readonly onError: (error: unknown) => void;
}

export class Sweeper {
  readonly #options: SweeperOptions;
  readonly #stop = new AbortController();
  #running: Promise<unknown> = Promise.resolve();

  constructor(options: SweeperOptions) {
    this.#options = options;
  }

  start(): void {
    const { healMs = 60_000, eraseMs = 3600_000 } = this.#options;
    this.#running = Promise.all([
      this.#repeat(healMs, () => this.heal()),
      this.#repeat(eraseMs, () => this.eraseOld()),
    ]);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  /** Enqueues what open jobs need and have not. */
  async heal(): Promise<void> {
    for (const status of OPEN_STATUSES) {
      for await (const { job } of this.#jobs(status)) await this.#each(() => this.#healJob(job.id));
    }
  }

  /** Erases jobs that ended and are old, uploads that never became a job, and old results of which the store knows nothing. */
  async eraseOld(): Promise<void> {
    const { store, blobs, retentionDays } = this.#options;
    const oldestMs = Date.now() - retentionDays * DAY_MS;
    const oldest = uuidv7({ msecs: oldestMs, random: new Uint8Array(16), seq: 0 });
    for await (const record of this.#jobs(undefined, oldest)) {
      if (!hasEnded(record.job)) continue;
      await this.#each(async () => {
        await eraseBlobs(blobs, record.job.id);
        await store.remove(record.job.id);
      });
    }
    for await (const key of blobs.list(UPLOADS)) {
      await this.#each(async () => {
        const { jobId, madeAtMs } = jobOfBlob(UPLOADS, key);
        if (Date.now() - madeAtMs < UPLOAD_MS) return;
        if ((await store.get(jobId)) === undefined) await blobs.remove(key);
      });
    }
    await this.#eraseOrphans(oldestMs);
  }

  /** A store that was lost may come back from a copy until its jobs would have been erased anyway. */
  async #eraseOrphans(oldestMs: number): Promise<void> {
    const { store, blobs } = this.#options;
    const old = new Set<string>();
    for await (const key of blobs.list(JOBS)) {
      const { jobId, madeAtMs } = jobOfBlob(JOBS, key);
      if (madeAtMs < oldestMs) old.add(jobId);
    }
    for (const jobId of old) {
      if (this.#stop.signal.aborted) return;
      await this.#each(async () => {
        if ((await store.get(jobId)) === undefined) await eraseBlobs(blobs, jobId);
      });
    }
  }

  /** One that fails is told, and tried again the next time; the others are not kept waiting. */
  async #each(work: () => Promise<void>): Promise<void> {
    await work().catch(this.#options.onError);
  }

  async #healJob(jobId: string): Promise<void> {
    const { store, runner } = this.#options;
    // In this order: what is done between the two questions is in the record, and not taken for lost.
    const open = new Set((await store.openTasks(jobId)).map(nameOf));
    const record = await store.get(jobId);
    if (record === undefined) return;
    await store.enqueue(runner.due(record).filter((task) => !open.has(nameOf(task))));
  }

  async *#jobs(status?: JobStatus, from?: string): AsyncGenerator<JobRecord> {
    let cursor = from;
    do {
      const page = await this.#options.store.list({ status, cursor, limit: PAGE });
      for (const record of page.records) {
        if (this.#stop.signal.aborted) return;
        yield record;
      }
      cursor = page.cursor;
    } while (cursor !== undefined);
  }

  async #repeat(pauseMs: number, work: () => Promise<void>): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      await work().catch(this.#options.onError);
      // Nodes that were started together need not sweep together.
      await sleep(pauseMs * (0.75 + Math.random() / 2), undefined, { signal }).catch(() => {});
    }
  }
}

function nameOf({ attempt, kind, chunk }: StoredTask): string {
  return `${attempt} ${kind} ${chunk}`;
}
