/**
 * The tasks of the SQLite store.
 *
 * @module
 */
import { randomUUID } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import type { Lease, StoredTask } from '../job-store.ts';
import { SqliteClock } from './sqlite-clock.ts';
import { urgencyOf } from './urgency.ts';

interface TaskRow {
  readonly job: string;
  readonly attempt: number;
  readonly kind: string;
  readonly chunk: number;
}

/** What was lost with its process lets all others go first for so long: it may take the next one too. */
const LOST_WAITS_MS = 600_000;

const IS_LEASE = 'job = ? AND attempt = ? AND kind = ? AND chunk = ? AND token = ?';

/** Every method is one statement or runs within a transaction of the store. */
export class SqliteTasks {
  readonly #database: DatabaseSync;
  readonly #clock: SqliteClock;
  readonly #insert;
  readonly #take;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#clock = new SqliteClock(database);
    this.#insert = database.prepare(
      `INSERT INTO tasks (job, attempt, kind, chunk, priority)
       SELECT id, ?, ?, ?, ? FROM jobs WHERE id = ? ON CONFLICT DO NOTHING`,
    );
    this.#take = database.prepare(
      `UPDATE tasks SET token = ?1, node = ?2, free_at = ?3, lost = lost + (token IS NOT NULL)
       WHERE seq = coalesce(
         (SELECT seq FROM tasks
          WHERE free_at <= ?4 AND (token IS NULL OR free_at <= ?5)
          ORDER BY priority DESC, seq LIMIT 1),
         (SELECT seq FROM tasks WHERE free_at <= ?4 ORDER BY priority DESC, seq LIMIT 1))
       RETURNING job, attempt, kind, chunk, lost, failures`,
    );
  }

  add(task: StoredTask, priority: number): void {
    const { jobId, attempt, kind, chunk } = task;
    this.#insert.run(attempt, kind, chunk, urgencyOf(kind, priority), jobId);
  }

  take(node: string, leaseMs: number): Lease | undefined {
    const token = randomUUID();
    const now = this.#clock.now();
    const until = now + Math.ceil(leaseMs);
    const row = this.#take.get(token, node, until, now, now - LOST_WAITS_MS) as
      | (TaskRow & { readonly lost: number; readonly failures: number })
      | undefined;
    if (row) this.#clock.keep();
    return row && { ...toTask(row), token, lost: row.lost, failures: row.failures };
  }

  renew(lease: Lease, leaseMs: number): boolean {
    return this.#change('UPDATE tasks SET free_at = ?', lease, [
      this.#clock.now() + Math.ceil(leaseMs),
    ]);
  }

  complete(lease: Lease): boolean {
    return this.#change('DELETE FROM tasks', lease, []);
  }

  release(lease: Lease, delayMs: number): boolean {
    return this.#change(
      'UPDATE tasks SET token = NULL, free_at = ?, failures = failures + ?',
      lease,
      [this.#clock.now() + Math.ceil(delayMs), delayMs > 0 ? 1 : 0],
    );
  }

  of(jobId: string): StoredTask[] {
    const rows = this.#database
      .prepare('SELECT job, attempt, kind, chunk FROM tasks WHERE job = ? ORDER BY seq')
      .all(jobId) as unknown as TaskRow[];
    return rows.map(toTask);
  }

  drop(jobId: string): void {
    this.#database.prepare('DELETE FROM tasks WHERE job = ?').run(jobId);
  }

  focus(jobId: string, chunks: readonly number[]): void {
    const { top } = this.#database
      .prepare('SELECT coalesce(max(priority), 0) AS top FROM tasks')
      .get() as { top: number };
    const raise = this.#database.prepare(
      `UPDATE tasks SET priority = ? WHERE job = ? AND kind = 'chunk' AND chunk = ? AND free_at <= ?`,
    );
    const now = this.#clock.now();
    for (const [index, chunk] of chunks.entries()) {
      raise.run(top + chunks.length - index, jobId, chunk, now);
    }
  }

  /** Tasks that nobody holds, those that are delayed among them. */
  waiting(): number {
    const { count } = this.#database
      .prepare('SELECT count(*) AS count FROM tasks WHERE token IS NULL OR free_at <= ?')
      .get(this.#clock.now()) as { count: number };
    return count;
  }

  #change(statement: string, lease: Lease, values: readonly number[]): boolean {
    const { changes } = this.#database
      .prepare(`${statement} WHERE ${IS_LEASE}`)
      .run(...values, lease.jobId, lease.attempt, lease.kind, lease.chunk, lease.token);
    if (changes > 0) this.#clock.keep();
    return changes > 0;
  }
}

function toTask({ job, attempt, kind, chunk }: TaskRow): StoredTask {
  return { jobId: job, attempt, kind: kind as StoredTask['kind'], chunk };
}
