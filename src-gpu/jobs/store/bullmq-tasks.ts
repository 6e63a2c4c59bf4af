/**
 * The tasks of the BullMQ store: one queue whose jobs are fetched by hand.
 *
 * @module
 */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type Job, Queue, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Lease, StoredTask } from '../job-store.ts';
import { guarded, isLeaseLost, unavailable } from './redis-connection.ts';
import { urgencyOf } from './urgency.ts';

const QUEUE = 'tasks';

/** BullMQ takes small numbers first, up to 2^21. Tasks in focus lie below this, all others above. */
const FOCUS_LIMIT = 400_000;
const NORMAL = 1_200_000;
/** Longest wait for a connection. */
const READY_MS = 4000;
/** Focused tasks before the counter of `focus` begins anew. */
const FOCUS_ROUND = 300_000;

/** A failed try, with the pause before the next; BullMQ asks the error for it. */
class TryFailed extends Error {
  readonly delayMs: number;

  constructor(delayMs: number) {
    super('The try failed');
    this.delayMs = delayMs;
  }
}

export interface BullmqTasksOptions {
  /** For commands; gives up after a while. */
  readonly redis: Redis;
  /** For leases; BullMQ wants one that never gives up. */
  readonly leasing: Redis;
  /** Of all keys, without a colon at its end. */
  readonly prefix: string;
  /** How often expired leases are looked for. A task is free again after its lease and twice this. */
  readonly sweepMs: number;
  readonly onError: (error: Error) => void;
}

export class BullmqTasks {
  readonly #redis: Redis;
  readonly #leasing: Redis;
  readonly #prefix: string;
  readonly #queue: Queue<StoredTask>;
  readonly #worker: Worker<StoredTask>;
  /** Of leases of this process, by token. */
  readonly #held = new Map<string, Job<StoredTask>>();

  constructor({ redis, leasing, prefix, sweepMs, onError }: BullmqTasksOptions) {
    this.#redis = redis;
    this.#leasing = leasing;
    this.#prefix = prefix;
    this.#queue = new Queue(QUEUE, { connection: redis, prefix });
    this.#worker = new Worker(QUEUE, null, {
      connection: leasing,
      prefix,
      autorun: false,
      stalledInterval: sweepMs,
      // How often is too often is the business of those who run the tasks.
      maxStalledCount: Number.MAX_SAFE_INTEGER,
      settings: { backoffStrategy: (_made, _type, error) => (error as TryFailed).delayMs },
    });
    this.#queue.on('error', onError);
    this.#worker.on('error', onError);
    this.#worker.startStalledCheckTimer().catch(onError);
  }

  async add(tasks: readonly (StoredTask & { readonly priority: number })[]): Promise<void> {
    for (const id of new Set(tasks.map(({ jobId }) => jobId))) {
      await this.#addTo(
        id,
        tasks.filter(({ jobId }) => jobId === id),
      );
    }
  }

  async take(leaseMs: number): Promise<Lease | undefined> {
    await this.#untilReady();
    const token = randomUUID();
    const job = await guarded(() => this.#worker.getNextJob(token, { block: false }));
    if (job === undefined) return undefined;
    await guarded(() => job.extendLock(token, Math.ceil(leaseMs)));
    this.#held.set(token, job);
    return { ...job.data, token, lost: job.stalledCounter, failures: job.attemptsMade };
  }

  async renew(lease: Lease, leaseMs: number): Promise<boolean> {
    return this.#withHeld(lease, false, (job) => job.extendLock(lease.token, Math.ceil(leaseMs)));
  }

  async complete(lease: Lease): Promise<boolean> {
    const isDone = await this.#withHeld(lease, true, (job) =>
      job.moveToCompleted(null, lease.token, false).then(() => 1),
    );
    if (isDone) await guarded(() => this.#redis.srem(this.#setOf(lease.jobId), idOf(lease)));
    return isDone;
  }

  async release(lease: Lease, delayMs: number): Promise<boolean> {
    return this.#withHeld(lease, true, (job) =>
      delayMs > 0
        ? job.moveToFailed(new TryFailed(Math.ceil(delayMs)), lease.token, false).then(() => 1)
        : job.moveToWait(lease.token).then(() => 1),
    );
  }

  async of(jobId: string): Promise<StoredTask[]> {
    const ids = await guarded(() =>
      this.#redis.openTaskIds(this.#setOf(jobId), this.#queue.toKey('')),
    );
    return ids.map((id) => toTask(jobId, id)).sort((a, b) => a.chunk - b.chunk);
  }

  async drop(jobId: string): Promise<void> {
    await guarded(async () => {
      const ids = await this.#redis.smembers(this.#setOf(jobId));
      await Promise.all(ids.map((id) => this.#dropOne(id)));
      if (ids.length > 0) await this.#redis.srem(this.#setOf(jobId), ...ids);
    });
  }

  async focus(jobId: string, chunks: readonly number[]): Promise<void> {
    const open = await this.of(jobId);
    const wanted = chunks.flatMap((chunk) =>
      open.filter((task) => task.kind === 'chunk' && task.chunk === chunk),
    );
    await guarded(async () => {
      const count = await this.#redis.incrby(`${this.#prefix}:focus`, wanted.length);
      const first = FOCUS_LIMIT - (count % FOCUS_ROUND);
      const changes = wanted.map(async (task, index) => {
        const job = await this.#queue.getJob(idOf(task));
        await job?.changePriority({ priority: first + index }).catch((error) => {
          if (!isLeaseLost(error)) throw error;
        });
      });
      await Promise.all(changes);
    });
  }

  async waiting(): Promise<number> {
    return guarded(() => this.#queue.getJobCountByTypes('wait', 'prioritized', 'delayed'));
  }

  async close(): Promise<void> {
    await this.#worker.close(true);
    await this.#queue.close();
  }

  /** The set comes first: a task is in the queue only if the set has it, so nothing is forgotten. */
  async #addTo(
    jobId: string,
    tasks: readonly (StoredTask & { readonly priority: number })[],
  ): Promise<void> {
    if ((await this.#redis.exists(`${this.#prefix}:job:${jobId}`)) === 0) return;
    await this.#redis.sadd(this.#setOf(jobId), ...tasks.map(idOf));
    await this.#queue.addBulk(
      tasks.map(({ attempt, kind, chunk, priority }) => ({
        name: kind,
        data: { jobId, attempt, kind, chunk },
        opts: {
          jobId: idOf({ jobId, attempt, kind, chunk }),
          priority: bullPriority(urgencyOf(kind, priority)),
          attempts: Number.MAX_SAFE_INTEGER,
          backoff: { type: 'custom' },
          removeOnComplete: true,
          stackTraceLimit: 0,
        },
      })),
    );
  }

  async #withHeld(
    lease: Lease,
    isEnd: boolean,
    call: (job: Job<StoredTask>) => Promise<number>,
  ): Promise<boolean> {
    const job = this.#held.get(lease.token);
    if (job === undefined) return false;
    await this.#untilReady();
    try {
      const isHeld = (await guarded(() => call(job))) > 0;
      if (isEnd || !isHeld) this.#held.delete(lease.token);
      return isHeld;
    } catch (error) {
      if (!isLeaseLost(error)) throw error;
      this.#held.delete(lease.token);
      return false;
    }
  }

  /** Without its lock a task is nobody's, and can be removed; it may be taken in between. */
  async #dropOne(id: string): Promise<void> {
    for (let tries = 0; tries < 10; tries++) {
      await this.#redis.del(`${this.#queue.toKey(id)}:lock`);
      if ((await this.#queue.remove(id)) === 1) return;
      if ((await this.#redis.exists(this.#queue.toKey(id))) === 0) return;
    }
  }

  /** This connection would keep commands until Redis is back, and the caller with them. */
  async #untilReady(): Promise<void> {
    if (this.#leasing.status === 'ready') return;
    const signal = AbortSignal.timeout(READY_MS);
    await once(this.#leasing, 'ready', { signal }).catch((cause) => {
      throw unavailable(cause);
    });
  }

  #setOf(jobId: string): string {
    return `${this.#prefix}:tasks-of:${jobId}`;
  }
}

function bullPriority(urgency: number): number {
  return Math.max(FOCUS_LIMIT + 100_000, Math.min(2 ** 21, NORMAL - Math.round(urgency * 1000)));
}

function idOf({ jobId, attempt, kind, chunk }: StoredTask): string {
  return `${jobId}.${attempt}.${kind}.${chunk}`;
}

function toTask(jobId: string, id: string): StoredTask {
  const [attempt, kind, chunk] = id.slice(jobId.length + 1).split('.');
  return {
    jobId,
    attempt: Number(attempt),
    kind: kind as StoredTask['kind'],
    chunk: Number(chunk),
  };
}
