/**
 * The work of a node: takes tasks, runs several at once, and records what comes of them.
 *
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { hasEnded } from '../../../shared/api/jobs/job-answers.ts';
import { UniCellError } from '../../../shared/errors.ts';
import type { JobRecord, JobStore, Lease, Task } from '../job-store.ts';
import type { TaskOutcome, TaskRunner } from '../runner/task-runner.ts';
import { webhookTasks } from '../webhook/webhook-events.ts';
import type { WebhookSender } from '../webhook/webhook-sender.ts';
import { HeldLease } from './held-lease.ts';
import { SoloTurns } from './solo-turns.ts';

/** A task that fails this often is given up. */
const MAX_FAILURES = 3;
/** A task that has taken its process with it this often is given up, and its job with it. */
const MAX_LOST = 3;
/** Pause after the first failure; four times as long after each more. */
const FIRST_PAUSE_MS = 2000;
/** Webhooks that are told at once. */
const MAX_SENDING = 64;
/** Until a store that does not answer is asked again. */
const AWAY_PAUSE_MS = 1000;
/** Longest wait for a task without asking the store. */
const IDLE_MS = 2000;

export interface WorkerLoopOptions {
  readonly store: JobStore;
  readonly runner: TaskRunner;
  /** Sends webhooks; without it none are taken. */
  readonly webhooks?: WebhookSender | undefined;
  /** Names the node in the store. */
  readonly node: string;
  /** Tasks that run at once, so that one reads while another's windows are run; 2 when left out. */
  readonly concurrency?: number | undefined;
  /** How long a task is ours without a sign of life; 60 s when left out. */
  readonly leaseMs?: number | undefined;
  /** Pause after the first failure of a task; 2 s when left out. */
  readonly firstPauseMs?: number | undefined;
  /** Erases what a task has written for a job that is gone. */
  readonly erase: (jobId: string) => Promise<void>;
  /** Hears of jobs that have come to their end on this node. */
  readonly onEnd?: ((jobId: string) => void) | undefined;
  /** Hears of what failed and will be tried again, and of what was given up. */
  readonly onError: (error: unknown, about: Partial<Lease>) => void;
}

/** What a node has done since it started. */
export interface WorkerStats {
  readonly running: number;
  readonly completed: number;
  readonly failed: number;
  /** Tasks whose lease was lost; another node has them. */
  readonly lost: number;
}

export class WorkerLoop {
  readonly #options: WorkerLoopOptions;
  readonly #leaseMs: number;
  readonly #stop = new AbortController();
  readonly #slots: Promise<void>[] = [];
  readonly #sending = new Set<Promise<void>>();
  readonly #turns = new SoloTurns();
  #running = 0;
  #completed = 0;
  #failed = 0;
  #lost = 0;

  constructor(options: WorkerLoopOptions) {
    this.#options = options;
    this.#leaseMs = options.leaseMs ?? 60_000;
  }

  start(): void {
    const { concurrency = 2 } = this.#options;
    for (let i = 0; i < concurrency; i++) this.#slots.push(this.#work());
  }

  /** Takes nothing new and gives back what runs, for others to begin anew at once. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#slots);
    await Promise.all(this.#sending);
  }

  stats(): WorkerStats {
    return {
      running: this.#running,
      completed: this.#completed,
      failed: this.#failed,
      lost: this.#lost,
    };
  }

  async #work(): Promise<void> {
    const { store, onError } = this.#options;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        if (!(await this.#takeOne())) await store.waitForChange(undefined, IDLE_MS, signal);
      } catch (error) {
        onError(error, {});
        await this.#pause(AWAY_PAUSE_MS);
      }
    }
  }

  /** @returns Whether there was something to do. */
  async #takeOne(): Promise<boolean> {
    await this.#turns.share();
    try {
      const { store, node } = this.#options;
      const lease = this.#stop.signal.aborted ? undefined : await store.lease(node, this.#leaseMs);
      if (lease?.kind === 'webhook') await this.#sendBeside(lease);
      else if (lease) await this.#hold(lease);
      return lease !== undefined;
    } finally {
      this.#turns.leave();
    }
  }

  /** A slow receiver holds no place of the model's work, unless there are very many of them. */
  async #sendBeside(lease: Lease): Promise<void> {
    while (this.#sending.size >= MAX_SENDING) await Promise.race(this.#sending);
    const sending = this.#send(lease)
      .catch((error) => this.#options.onError(error, lease))
      .finally(() => this.#sending.delete(sending));
    this.#sending.add(sending);
  }

  async #send(lease: Lease): Promise<void> {
    const { store, webhooks } = this.#options;
    const { signal } = this.#stop;
    const record = await store.get(lease.jobId);
    try {
      const pauseMs = record && (await webhooks?.send(lease, record, signal));
      if (pauseMs === undefined) await store.complete(lease);
      else await store.release(lease, pauseMs);
    } catch (error) {
      await store.release(lease, signal.aborted ? 0 : this.#pauseAfter(lease));
      if (!signal.aborted) throw error;
    }
  }

  async #hold(lease: Lease & Task): Promise<void> {
    const { store } = this.#options;
    const held = new HeldLease(store, lease, this.#leaseMs);
    const run = () => this.#run(held, lease);
    this.#running++;
    try {
      // What was lost with its process may have ended it: nothing runs beside it, and is lost with it too.
      await (lease.lost === 0 ? run() : (this.#turns.alone(run) ?? store.release(lease, 0)));
    } finally {
      this.#running--;
      await held.end();
    }
  }

  async #run(held: HeldLease, lease: Lease & Task): Promise<void> {
    const { store, runner, erase } = this.#options;
    const record = await store.get(lease.jobId);
    if (record === undefined || isOver(record, lease)) {
      // Its end may have been recorded by a node that did not come to tell it.
      if (record) await store.enqueue(webhookTasks(record));
      await store.complete(lease);
      return;
    }
    if (lease.lost >= MAX_LOST) {
      const error = lostTooOften(lease);
      this.#options.onError(error, lease);
      await this.#giveUp(held, lease, error);
      return;
    }
    const signal = AbortSignal.any([held.lost, this.#stop.signal]);
    try {
      const begun = runner.begin(lease);
      await store.update(
        lease.jobId,
        (one) => begun.change(one),
        (one) => begun.events(one),
      );
      const outcome = await runner.run(lease, record, signal);
      await this.#whenBack(async () => {
        if (!(await held.isHeld())) return;
        await this.#record(lease, outcome);
        if (await store.complete(lease)) this.#completed++;
      });
    } catch (error) {
      await this.#failedRun(held, lease, error);
    }
    if (!held.lost.aborted) return;
    this.#lost++;
    if ((await store.get(lease.jobId)) === undefined) await erase(lease.jobId);
  }

  async #failedRun(held: HeldLease, lease: Lease & Task, error: unknown): Promise<void> {
    const { store, runner, onError } = this.#options;
    if (held.lost.aborted) return;
    if (this.#stop.signal.aborted) {
      await store.release(lease, 0);
      return;
    }
    onError(error, lease);
    if (error instanceof UniCellError && error.code === 'STORE_UNAVAILABLE') {
      // Not the task's fault: it waits with the store.
      await this.#pause(AWAY_PAUSE_MS);
      await this.#whenBack(() => store.release(lease, 0));
      return;
    }
    if (lease.failures + 1 < MAX_FAILURES && runner.isWorthRetrying(lease, error)) {
      await this.#whenBack(() => store.release(lease, this.#pauseAfter(lease)));
      return;
    }
    await this.#giveUp(held, lease, error);
  }

  #pauseAfter({ failures }: Lease): number {
    const { firstPauseMs = FIRST_PAUSE_MS } = this.#options;
    return firstPauseMs * 4 ** Math.min(failures, MAX_FAILURES) * (0.75 + Math.random() / 2);
  }

  async #giveUp(held: HeldLease, lease: Lease & Task, error: unknown): Promise<void> {
    const { store, runner } = this.#options;
    await this.#whenBack(async () => {
      if (!(await held.isHeld())) return;
      await this.#record(lease, runner.giveUp(lease, error));
      await store.complete(lease);
      this.#failed++;
    });
  }

  async #record(lease: Lease & Task, outcome: TaskOutcome): Promise<void> {
    const { jobId } = lease;
    const record = await applyOutcome(this.#options.store, lease, outcome);
    if (record && hasEnded(record.job)) this.#options.onEnd?.(jobId);
  }

  /** Does it again while the store is away: what was found out is not thrown away for that. */
  async #whenBack(work: () => Promise<unknown>): Promise<void> {
    for (;;) {
      try {
        await work();
        return;
      } catch (error) {
        const isAway = error instanceof UniCellError && error.code === 'STORE_UNAVAILABLE';
        if (!isAway || this.#stop.signal.aborted) throw error;
        await this.#pause(AWAY_PAUSE_MS);
      }
    }
  }

  async #pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#stop.signal }).catch(() => {});
  }
}

/**
 * Records what follows from a task and enqueues what is due then. A node may die in between: the task is
 * run again, and changes that were made and tasks that are there are left alone.
 *
 * @returns The record afterwards; `undefined` when the job is gone.
 */
async function applyOutcome(
  store: JobStore,
  { jobId, kind }: Task,
  outcome: TaskOutcome,
): Promise<JobRecord | undefined> {
  const record = await store.update(
    jobId,
    (one) => outcome.change(one),
    (one) => outcome.events(one),
  );
  if (record !== undefined) {
    // The end of the job has been told, and comes once.
    const news = kind === 'repair' ? [] : webhookTasks(record);
    await store.enqueue([...outcome.next(record), ...news]);
  }
  return record;
}

function isOver({ job }: JobRecord, lease: Lease): boolean {
  return hasEnded(job) !== (lease.kind === 'repair') || job.attempt !== lease.attempt;
}

function lostTooOften({ lost, kind }: Lease): UniCellError {
  return new UniCellError(
    'PROCESS_LOST',
    `A task of the job (${kind}) was begun ${lost} times and never ended: each time the process that ran it was lost. Look at the memory of the nodes and at the slide, then resume the job.`,
  );
}
