/**
 * The time of the SQLite store: what leases and delays are measured in. It goes on as the machine's steady clock
 * does and never back, whatever the clock on the wall does; between processes and runs it stands in the file.
 *
 * @module
 */
import type { DatabaseSync } from 'node:sqlite';

export class SqliteClock {
  readonly #read;
  readonly #write;
  #now: number;
  #steady: number;

  constructor(database: DatabaseSync) {
    this.#read = database.prepare('SELECT now FROM clock');
    this.#write = database.prepare('UPDATE clock SET now = max(now, ?)');
    // While no process ran, the wall's clock alone went on. It may also have been set back.
    this.#now = Date.now();
    this.#steady = performance.now();
    this.now();
  }

  /** Milliseconds; at least what any process has kept. */
  now(): number {
    const { now } = this.#read.get() as { now: number };
    const steady = performance.now();
    this.#now = Math.max(now, this.#now + (steady - this.#steady));
    this.#steady = steady;
    return Math.floor(this.#now);
  }

  /** For other processes, and for the time after a crash. With every change, and not without: it wakes who waits. */
  keep(): void {
    this.#write.run(Math.floor(this.#now));
  }
}
