/**
 * A task that this node holds, kept alive by a timer.
 *
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { JobStore, Lease } from '../job-store.ts';

/** Changes of a job may come in a rush; the lease is not asked for more often than this. */
const LEAST_PAUSE_MS = 500;

export class HeldLease {
  readonly lease: Lease;
  /** Aborted when the lease is lost, with `LEASE_LOST` as the reason. */
  readonly lost: AbortSignal;
  readonly #store: JobStore;
  readonly #leaseMs: number;
  readonly #lose = new AbortController();
  readonly #end = new AbortController();
  readonly #renewing: Promise<void>;

  constructor(store: JobStore, lease: Lease, leaseMs: number) {
    this.lease = lease;
    this.lost = this.#lose.signal;
    this.#store = store;
    this.#leaseMs = leaseMs;
    this.#renewing = this.#renewUntilEnd();
  }

  /** Asks once more whether the task is still ours: the process may have stood still. */
  async isHeld(): Promise<boolean> {
    if (!(await this.#store.renew(this.lease, this.#leaseMs))) this.#lose.abort();
    return !this.lost.aborted;
  }

  /** Stops renewing. */
  async end(): Promise<void> {
    this.#end.abort();
    await this.#renewing;
  }

  /** A third of the lease lets two renewals fail. A change of the job may mean that it was canceled. */
  async #renewUntilEnd(): Promise<void> {
    const { signal } = this.#end;
    const pauseMs = this.#leaseMs / 3;
    const nextChange = () => this.#store.waitForChange(this.lease.jobId, pauseMs, signal);
    // Waited for without a gap: a cancellation that nobody hears would be noticed at the next renewal only.
    let changed = nextChange();
    while (!signal.aborted && !this.lost.aborted) {
      await sleep(Math.min(LEAST_PAUSE_MS, pauseMs), undefined, { signal }).catch(() => {});
      await changed;
      if (signal.aborted) return;
      changed = nextChange();
      // A store that is away may come back before the lease ends; if not, the renewal will say so.
      await this.isHeld().catch(() => {});
    }
  }
}
