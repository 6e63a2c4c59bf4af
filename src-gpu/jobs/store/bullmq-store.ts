/**
 * Jobs in Redis, their tasks in BullMQ: for many nodes. Redis must keep its data on disk
 * (`appendonly yes`); it may restart and be away for as long as it likes.
 *
 * @module
 */
import type { Redis } from 'ioredis';
import type { JobEvent } from '../../../shared/api/jobs/job-schemas.ts';
import { UniCellError } from '../../../shared/errors.ts';
import type { JobPage, JobRecord, JobStore, Lease, StoredTask } from '../job-store.ts';
import { BullmqTasks } from './bullmq-tasks.ts';
import { ChangeNotifier } from './change-notifier.ts';
import { OPEN_STATUSES } from './open-statuses.ts';
import { connect, guarded, unavailable } from './redis-connection.ts';
import { defineScripts } from './redis-scripts.ts';

/** Others may change a record between reading and writing it; each time one of them has succeeded. */
const MAX_UPDATE_TRIES = 1000;

/** A health check waits no longer. */
const CHECK_MS = 2000;

export interface BullmqStoreOptions {
  /** `redis://host:6379/0`. */
  readonly url: string;
  /** Services with the same name share their jobs; `unicell` when left out. */
  readonly name?: string;
  /** How often expired leases are looked for, in ms; 15 000 when left out. */
  readonly sweepMs?: number;
  /** Hears of lost connections; they come back by themselves. */
  readonly onError: (error: Error) => void;
}

/**
 * Opens the store, and does not wait for Redis to be there.
 *
 * @throws {UniCellError} `CONFIGURATION_INVALID` for a URL that is none.
 * @example
 * const store = openBullmqStore({ url: 'redis://127.0.0.1:6379/0', onError: log.warn });
 */
export function openBullmqStore(options: BullmqStoreOptions): JobStore {
  return new BullmqStore(options);
}

class BullmqStore implements JobStore {
  /** With a hash tag, so that all keys lie on one node of a cluster. */
  readonly #prefix: string;
  readonly #redis: Redis;
  readonly #leasing: Redis;
  readonly #listening: Redis;
  readonly #tasks: BullmqTasks;
  readonly #changes = new ChangeNotifier();

  constructor({ url, name = 'unicell', sweepMs = 15_000, onError }: BullmqStoreOptions) {
    this.#prefix = `{${name}}`;
    this.#redis = connect(url, onError);
    defineScripts(this.#redis);
    this.#leasing = connect(url, onError, { maxRetriesPerRequest: null });
    this.#listening = connect(url, onError, { maxRetriesPerRequest: null });
    this.#listening.subscribe(this.#key('changes')).catch(onError);
    this.#listening.on('message', (_channel, jobId) => this.#changes.notify(jobId));
    // What was said while the connection was away has not been heard.
    this.#listening.on('ready', () => this.#changes.notify());
    this.#tasks = new BullmqTasks({
      redis: this.#redis,
      leasing: this.#leasing,
      prefix: this.#prefix,
      sweepMs,
      onError,
    });
  }

  async create(record: JobRecord): Promise<JobRecord> {
    try {
      return await this.#create(record);
    } catch (error) {
      // A Redis that hangs does what it was sent once it goes on. Nobody would know of the job, so it is removed
      // behind its making; under a key the caller finds it by sending the request again.
      if (record.idempotency === null) {
        this.#redis.removeJob(this.#key(''), record.job.id).catch(() => {});
      }
      throw error;
    }
  }

  async #create(record: JobRecord): Promise<JobRecord> {
    const { job, callerId, idempotency } = record;
    const kept = await guarded(() =>
      this.#redis.createJob(
        this.#key(''),
        job.id,
        callerId,
        job.status,
        idempotency?.key ?? '',
        JSON.stringify(record),
      ),
    ).then((text) => JSON.parse(text) as JobRecord);
    // Also for a record that was there: a node may have died before it came to this.
    if (kept.job.status === 'queued') {
      const { id: jobId, attempt, priority } = kept.job;
      await this.enqueue([{ jobId, attempt, kind: 'plan', chunk: 0, priority }]);
    }
    return kept;
  }

  async get(jobId: string): Promise<JobRecord | undefined> {
    return (await this.#read(jobId))?.record;
  }

  async findByKey(callerId: string, key: string): Promise<JobRecord | undefined> {
    const id = await guarded(() => this.#redis.hget(this.#key(`keys:${callerId}`), key));
    return id === null ? undefined : this.get(id);
  }

  async list(query: Parameters<JobStore['list']>[0]): Promise<JobPage> {
    const { callerId = '*', status = 'any', cursor, limit } = query;
    const ids = await guarded(() =>
      this.#redis.zrevrangebylex(
        this.#key(`list:${callerId}:${status}`),
        cursor === undefined ? '+' : `(${cursor}`,
        '-',
        'LIMIT',
        0,
        limit + 1,
      ),
    );
    const page = ids.slice(0, limit);
    const records = await Promise.all(page.map((id) => this.get(id)));
    return {
      records: records.filter((record) => record !== undefined),
      cursor: ids.length > limit ? page.at(-1) : undefined,
    };
  }

  async countOpen(callerId: string): Promise<number> {
    const counts = await guarded(() =>
      Promise.all(
        OPEN_STATUSES.map((status) => this.#redis.zcard(this.#key(`list:${callerId}:${status}`))),
      ),
    );
    return counts.reduce((sum, count) => sum + count, 0);
  }

  async update(
    jobId: string,
    change: (record: JobRecord) => JobRecord | undefined,
    events: (record: JobRecord) => readonly Omit<JobEvent, 'id'>[] = () => [],
  ): Promise<JobRecord | undefined> {
    for (let tries = 0; tries < MAX_UPDATE_TRIES; tries++) {
      const read = await this.#read(jobId);
      const changed = read && change(read.record);
      if (read === undefined || changed === undefined) return read?.record;
      const isWritten = await guarded(() =>
        this.#redis.updateJob(
          this.#key(''),
          jobId,
          read.version,
          changed.job.status,
          JSON.stringify(changed),
          ...events(changed).map(({ type, data }) => JSON.stringify({ type, data: data ?? null })),
        ),
      );
      if (isWritten === 1) return changed;
    }
    throw new UniCellError(
      'STORE_UNAVAILABLE',
      `The job ${jobId} is being changed by too many at once. Send the request again.`,
    );
  }

  async remove(jobId: string): Promise<boolean> {
    const isRemoved = await guarded(() => this.#redis.removeJob(this.#key(''), jobId));
    await this.#tasks.drop(jobId);
    await guarded(() => this.#redis.publish(this.#key('changes'), jobId));
    return isRemoved === 1;
  }

  async enqueue(tasks: readonly (StoredTask & { readonly priority: number })[]): Promise<void> {
    if (tasks.length === 0) return;
    await guarded(() => this.#tasks.add(tasks));
    await guarded(() => this.#redis.publish(this.#key('changes'), tasks[0]!.jobId));
  }

  async lease(_node: string, leaseMs: number): Promise<Lease | undefined> {
    return this.#tasks.take(leaseMs);
  }

  async renew(lease: Lease, leaseMs: number): Promise<boolean> {
    return this.#tasks.renew(lease, leaseMs);
  }

  async complete(lease: Lease): Promise<boolean> {
    return this.#tasks.complete(lease);
  }

  async release(lease: Lease, delayMs: number): Promise<boolean> {
    const isReleased = await this.#tasks.release(lease, delayMs);
    await guarded(() => this.#redis.publish(this.#key('changes'), lease.jobId));
    return isReleased;
  }

  async openTasks(jobId: string): Promise<readonly StoredTask[]> {
    return this.#tasks.of(jobId);
  }

  async dropTasks(jobId: string): Promise<void> {
    await this.#tasks.drop(jobId);
  }

  async focus(jobId: string, chunks: readonly number[]): Promise<void> {
    await this.#tasks.focus(jobId, chunks);
  }

  async events(jobId: string, afterId: number, limit: number): Promise<readonly JobEvent[]> {
    const texts = await guarded(() =>
      this.#redis.lrange(this.#key(`events:${jobId}`), afterId, afterId + limit - 1),
    );
    return texts.map((text, index) => ({ id: afterId + index + 1, ...JSON.parse(text) }));
  }

  waitForChange(jobId: string | undefined, timeoutMs: number, signal?: AbortSignal): Promise<void> {
    return this.#changes.wait(jobId, timeoutMs, signal);
  }

  async depth(): Promise<number> {
    return this.#tasks.waiting();
  }

  async check(): Promise<void> {
    const isLate = new Promise<never>((_, reject) =>
      setTimeout(() => reject(unavailable()), CHECK_MS).unref(),
    );
    // Written, since one that only answers may refuse to write: a replica, or one that is full.
    const write = () => this.#redis.set(this.#key('check'), '1', 'PX', CHECK_MS);
    await Promise.race([guarded(write), isLate]);
    if (this.#leasing.status !== 'ready') throw unavailable();
  }

  async close(): Promise<void> {
    this.#changes.notify();
    await this.#tasks.close();
    for (const redis of [this.#redis, this.#leasing, this.#listening]) redis.disconnect();
  }

  async #read(jobId: string): Promise<{ record: JobRecord; version: string } | undefined> {
    const [record, version] = await guarded(() =>
      this.#redis.hmget(this.#key(`job:${jobId}`), 'record', 'version'),
    );
    return record && version ? { record: JSON.parse(record), version } : undefined;
  }

  #key(name: string): string {
    return `${this.#prefix}:${name}`;
  }
}
