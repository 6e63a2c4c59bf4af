/**
 * Jobs in a SQLite file: for one machine, without any server. Several processes may share the file.
 *
 * @module
 */
import type { DatabaseSync } from 'node:sqlite';
import type { JobEvent } from '../../../shared/api/jobs/job-schemas.ts';
import { UniCellError } from '../../../shared/errors.ts';
import type { JobPage, JobRecord, JobStore, Lease, StoredTask } from '../job-store.ts';
import { ChangeNotifier } from './change-notifier.ts';
import { OPEN_STATUSES } from './open-statuses.ts';
import { openDatabase } from './sqlite-schema.ts';
import { SqliteTasks } from './sqlite-tasks.ts';

/** Result codes that say that the file cannot be used now; any other is a bug. */
const UNAVAILABLE: readonly number[] = [
  5 /* BUSY */, 6 /* LOCKED */, 7 /* NOMEM */, 8 /* READONLY */, 10 /* IOERR */, 11 /* CORRUPT */,
  13 /* FULL */, 14 /* CANTOPEN */, 26 /* NOTADB */,
];
/** How often the changes of other processes are looked for while somebody waits. */
const POLL_MS = 250;

/**
 * Opens a store; the file is made when there is none.
 *
 * @throws {UniCellError} `CONFIGURATION_INVALID` when the file cannot be opened.
 * @example
 * const store = openSqliteStore('/var/lib/unicell/jobs.sqlite');
 */
export function openSqliteStore(path: string): JobStore {
  return new SqliteStore(openDatabase(path), path);
}

class SqliteStore implements JobStore {
  readonly #database: DatabaseSync;
  readonly #path: string;
  readonly #tasks: SqliteTasks;
  readonly #changes = new ChangeNotifier();
  readonly #poll: NodeJS.Timeout;
  #seenVersion: number;

  constructor(database: DatabaseSync, path: string) {
    this.#database = database;
    this.#path = path;
    this.#tasks = new SqliteTasks(database);
    this.#seenVersion = this.#dataVersion();
    this.#poll = setInterval(() => this.#lookForChanges(), POLL_MS).unref();
  }

  async create(record: JobRecord): Promise<JobRecord> {
    const { job, callerId, idempotency } = record;
    const created = this.#writeThrough(() => {
      const earlier = idempotency && this.#byKey(callerId, idempotency.key);
      if (earlier) return earlier;
      this.#database
        .prepare(
          `INSERT INTO jobs (id, caller, status, idempotency_key, record) VALUES (?, ?, ?, ?, ?)`,
        )
        .run(job.id, callerId, job.status, idempotency?.key ?? null, JSON.stringify(record));
      const plan = { jobId: job.id, attempt: job.attempt, kind: 'plan', chunk: 0 } as const;
      this.#tasks.add(plan, job.priority);
      return record;
    });
    this.#changes.notify(job.id);
    return created;
  }

  async get(jobId: string): Promise<JobRecord | undefined> {
    return this.#guard(() => this.#read(jobId));
  }

  async findByKey(callerId: string, key: string): Promise<JobRecord | undefined> {
    return this.#guard(() => this.#byKey(callerId, key));
  }

  async list(query: Parameters<JobStore['list']>[0]): Promise<JobPage> {
    const conditions: string[] = [];
    const values: string[] = [];
    const add = (condition: string, value: string | undefined) => {
      if (value === undefined) return;
      conditions.push(condition);
      values.push(value);
    };
    add('caller = ?', query.callerId);
    add('status = ?', query.status);
    add('id < ?', query.cursor);
    const where = conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : '';
    const rows = this.#guard(() =>
      this.#database
        .prepare(`SELECT record FROM jobs ${where} ORDER BY id DESC LIMIT ?`)
        .all(...values, query.limit + 1),
    ) as unknown as { record: string }[];
    const records = rows.slice(0, query.limit).map(({ record }) => JSON.parse(record) as JobRecord);
    return { records, cursor: rows.length > query.limit ? records.at(-1)?.job.id : undefined };
  }

  async countOpen(callerId: string): Promise<number> {
    const row = this.#guard(() =>
      this.#database
        .prepare(
          `SELECT count(*) AS count FROM jobs
           WHERE caller = ? AND status IN (${OPEN_STATUSES.map(() => '?').join(', ')})`,
        )
        .get(callerId, ...OPEN_STATUSES),
    ) as { count: number };
    return row.count;
  }

  async update(
    jobId: string,
    change: (record: JobRecord) => JobRecord | undefined,
    events: (record: JobRecord) => readonly Omit<JobEvent, 'id'>[] = () => [],
  ): Promise<JobRecord | undefined> {
    const updated = this.#write(() => {
      const record = this.#read(jobId);
      const changed = record && change(record);
      if (changed === undefined) return record;
      const news = events(changed);
      const { last_event } = this.#database
        .prepare(
          `UPDATE jobs SET record = ?, status = ?, last_event = last_event + ? WHERE id = ?
           RETURNING last_event`,
        )
        .get(JSON.stringify(changed), changed.job.status, news.length, jobId) as {
        last_event: number;
      };
      const append = this.#database.prepare('INSERT INTO events VALUES (?, ?, ?, ?)');
      for (const [index, { type, data }] of news.entries()) {
        append.run(jobId, last_event - news.length + index + 1, type, JSON.stringify(data ?? null));
      }
      return changed;
    });
    this.#changes.notify(jobId);
    return updated;
  }

  async remove(jobId: string): Promise<boolean> {
    const { changes } = this.#guard(() =>
      this.#database.prepare('DELETE FROM jobs WHERE id = ?').run(jobId),
    );
    this.#changes.notify(jobId);
    return changes > 0;
  }

  async enqueue(tasks: readonly (StoredTask & { readonly priority: number })[]): Promise<void> {
    if (tasks.length === 0) return;
    this.#write(() => {
      for (const task of tasks) this.#tasks.add(task, task.priority);
    });
    this.#changes.notify();
  }

  async lease(node: string, leaseMs: number): Promise<Lease | undefined> {
    return this.#guard(() => this.#tasks.take(node, leaseMs));
  }

  async renew(lease: Lease, leaseMs: number): Promise<boolean> {
    return this.#guard(() => this.#tasks.renew(lease, leaseMs));
  }

  async complete(lease: Lease): Promise<boolean> {
    return this.#guard(() => this.#tasks.complete(lease));
  }

  async release(lease: Lease, delayMs: number): Promise<boolean> {
    const isReleased = this.#guard(() => this.#tasks.release(lease, delayMs));
    this.#changes.notify(lease.jobId);
    return isReleased;
  }

  async openTasks(jobId: string): Promise<readonly StoredTask[]> {
    return this.#guard(() => this.#tasks.of(jobId));
  }

  async dropTasks(jobId: string): Promise<void> {
    this.#guard(() => this.#tasks.drop(jobId));
    this.#changes.notify(jobId);
  }

  async focus(jobId: string, chunks: readonly number[]): Promise<void> {
    this.#write(() => this.#tasks.focus(jobId, chunks));
  }

  async events(jobId: string, afterId: number, limit: number): Promise<readonly JobEvent[]> {
    const rows = this.#guard(() =>
      this.#database
        .prepare('SELECT id, type, data FROM events WHERE job = ? AND id > ? ORDER BY id LIMIT ?')
        .all(jobId, afterId, limit),
    ) as unknown as { id: number; type: JobEvent['type']; data: string }[];
    return rows.map(({ id, type, data }) => ({ id, type, data: JSON.parse(data) }));
  }

  waitForChange(jobId: string | undefined, timeoutMs: number, signal?: AbortSignal): Promise<void> {
    return this.#changes.wait(jobId, timeoutMs, signal);
  }

  async depth(): Promise<number> {
    return this.#guard(() => this.#tasks.waiting());
  }

  async check(): Promise<void> {
    this.#write(() => this.#database.exec('UPDATE jobs SET id = id WHERE 0'));
  }

  async close(): Promise<void> {
    clearInterval(this.#poll);
    this.#changes.notify();
    if (this.#database.isOpen) this.#database.close();
  }

  #read(jobId: string): JobRecord | undefined {
    const row = this.#database.prepare('SELECT record FROM jobs WHERE id = ?').get(jobId);
    return row && (JSON.parse(row.record as string) as JobRecord);
  }

  #byKey(callerId: string, key: string): JobRecord | undefined {
    const row = this.#database
      .prepare('SELECT record FROM jobs WHERE caller = ? AND idempotency_key = ?')
      .get(callerId, key);
    return row && (JSON.parse(row.record as string) as JobRecord);
  }

  /**
   * A job that was accepted survives a power cut. What else is lost in one is found again: chunks lie in
   * files of their own, and waiting for the disk with every lease would hold up all who share the file.
   */
  #writeThrough<T>(work: () => T): T {
    this.#database.exec('PRAGMA synchronous = FULL');
    try {
      return this.#write(work);
    } finally {
      this.#database.exec('PRAGMA synchronous = NORMAL');
    }
  }

  #write<T>(work: () => T): T {
    return this.#guard(() => {
      this.#database.exec('BEGIN IMMEDIATE');
      try {
        const result = work();
        this.#database.exec('COMMIT');
        return result;
      } catch (error) {
        // A full disk has already rolled back.
        if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
        throw error;
      }
    });
  }

  #guard<T>(work: () => T): T {
    try {
      return work();
    } catch (cause) {
      // The extended code has the plain one in its lowest byte.
      const { errcode } = cause as { errcode?: number };
      if (errcode === undefined || !UNAVAILABLE.includes(errcode & 0xff)) throw cause;
      throw new UniCellError(
        'STORE_UNAVAILABLE',
        `The job store ${this.#path} cannot be used: ${(cause as Error).message}. Look at its disk; nothing that was stored is lost.`,
        {
          cause,
          publicMessage:
            'The store of jobs cannot be used now. Nothing that was stored is lost; try again later, and tell who runs the service.',
        },
      );
    }
  }

  /** Grows when another connection commits. */
  #dataVersion(): number {
    const row = this.#guard(() => this.#database.prepare('PRAGMA data_version').get());
    return row!.data_version as number;
  }

  #lookForChanges(): void {
    if (!this.#changes.isAwaited) return;
    let version: number | undefined;
    try {
      version = this.#dataVersion();
    } catch (error) {
      // Who waits asks the store itself next, and is told what is wrong with it.
      if (!(error instanceof UniCellError)) throw error;
    }
    if (version === undefined || version !== this.#seenVersion) this.#changes.notify();
    this.#seenVersion = version ?? this.#seenVersion;
  }
}
