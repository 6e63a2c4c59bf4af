/**
 * Where jobs and their tasks are kept, so that any node may die at any moment. Two drivers: SQLite for
 * one machine, BullMQ on Redis for many; one conformance suite runs against both.
 *
 * @module
 */
import type { Job, JobEvent, JobOptions, JobStatus } from '../../shared/api/jobs/job-schemas.ts';

/** Where a job's pixels come from, as the nodes need it. */
export type StoredSource =
  | { readonly type: 'url'; readonly url: string }
  | { readonly type: 'path'; readonly path: string }
  | {
      readonly type: 'dicomweb';
      readonly root: string;
      readonly study: string;
      readonly series: string;
      /** Whether the caller has lent its credentials; they are not stored. */
      readonly isForwarded: boolean;
    }
  /** Key in the blob store. */
  | { readonly type: 'upload'; readonly key: string };

/** A job as it is kept: what clients see, and what they do not. Ids are UUIDs of version 7, so their order is that of time. */
export interface JobRecord {
  readonly job: Job;
  readonly callerId: string;
  readonly options: JobOptions;
  readonly source: StoredSource;
  /** What the caller sent as `Idempotency-Key`, with a hash of the request it came with. */
  readonly idempotency: { readonly key: string; readonly requestHash: string } | null;
  /** The chunk plan, once made; JSON. */
  readonly plan: unknown;
}

/**
 * A piece of work. `plan` opens the slide and lays out chunks, `chunk` finds the nuclei of one,
 * `finalize` joins them and writes the exports, `repair` does for a finished job what was damaged since. A
 * task may run twice; it must end the same.
 */
export interface Task {
  readonly jobId: string;
  readonly attempt: number;
  readonly kind: 'plan' | 'chunk' | 'finalize' | 'repair';
  /** Index in the plan; 0 where the kind is not `chunk`. */
  readonly chunk: number;
}

/** News of a job to be sent to the webhook of its caller; `chunk` is the index in `WEBHOOK_EVENTS`. */
export type WebhookTask = Omit<Task, 'kind'> & { readonly kind: 'webhook' };

/** Everything that waits in a store until a node has the time. */
export type StoredTask = Task | WebhookTask;

/** A task that a node holds until the lease ends. */
export type Lease = StoredTask & {
  /** Opaque; names this holding of the task. */
  readonly token: string;
  /** How many of the earlier tries were neither ended nor given back: each time the process was lost. */
  readonly lost: number;
  /** How many of the earlier tries failed, that is were released with a delay. */
  readonly failures: number;
};

export interface JobPage {
  readonly records: readonly JobRecord[];
  readonly cursor: string | undefined;
}

/**
 * All methods are atomic. `undefined` and `false` stand for "there is no such thing any more". A store that
 * cannot be reached or written throws `STORE_UNAVAILABLE`, after a few seconds at most; what had been asked
 * may then have happened or not.
 */
export interface JobStore {
  /**
   * Adds a job with its `plan` task. With an idempotency key that the caller has used before, nothing is
   * added and the earlier record comes back.
   */
  create(record: JobRecord): Promise<JobRecord>;
  get(jobId: string): Promise<JobRecord | undefined>;
  /** The job that a caller has made with this idempotency key. */
  findByKey(callerId: string, key: string): Promise<JobRecord | undefined>;
  /** Of a caller, or of all; newest first. */
  list(query: {
    readonly callerId?: string | undefined;
    readonly status?: JobStatus | undefined;
    readonly cursor?: string | undefined;
    readonly limit: number;
  }): Promise<JobPage>;
  /** Jobs of a caller that have not ended. */
  countOpen(callerId: string): Promise<number>;
  /**
   * Changes a record; `change` may be called several times when others change it meanwhile, and returns
   * `undefined` to leave it as it is. Events are appended in the same step.
   */
  update(
    jobId: string,
    change: (record: JobRecord) => JobRecord | undefined,
    events?: (record: JobRecord) => readonly Omit<JobEvent, 'id'>[],
  ): Promise<JobRecord | undefined>;
  /** Removes a job, its tasks and its events. */
  remove(jobId: string): Promise<boolean>;

  /** Adds tasks that are not there yet (same job, attempt, kind and chunk). Larger `priority` first. */
  enqueue(tasks: readonly (StoredTask & { readonly priority: number })[]): Promise<void>;
  /** Takes the next task for `leaseMs`, or `undefined` when none is waiting. */
  lease(node: string, leaseMs: number): Promise<Lease | undefined>;
  /** @returns Whether the lease still holds; if not, the work is to be dropped. */
  renew(lease: Lease, leaseMs: number): Promise<boolean>;
  /** @returns Whether the lease still held. */
  complete(lease: Lease): Promise<boolean>;
  /**
   * Puts a task back, for another try after `delayMs`. A node that drains gives back with 0, which does
   * not count as a failure.
   */
  release(lease: Lease, delayMs: number): Promise<boolean>;
  /** Tasks of a job that wait or run. */
  openTasks(jobId: string): Promise<readonly StoredTask[]>;
  /** Drops waiting tasks of a job; those that run lose their lease, and who waits for the job hears of it. */
  dropTasks(jobId: string): Promise<void>;
  /** Moves waiting chunks of a job to the front, in this order. */
  focus(jobId: string, chunks: readonly number[]): Promise<void>;

  /** Events after an id, oldest first. */
  events(jobId: string, afterId: number, limit: number): Promise<readonly JobEvent[]>;
  /** Resolves when something was appended to the job, enqueued or dropped, or after `timeoutMs`. */
  waitForChange(jobId: string | undefined, timeoutMs: number, signal?: AbortSignal): Promise<void>;
  /** Tasks that wait, over all jobs. */
  depth(): Promise<number>;
  /** @throws {UniCellError} when the store cannot be reached; its message says what to do. */
  check(): Promise<void>;
  close(): Promise<void>;
}
