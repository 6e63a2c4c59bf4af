/**
 * What a node does with a task that it has leased. The worker loop knows stores and leases and nothing of
 * slides; a runner knows slides and nothing of leases.
 *
 * @module
 */
import type { JobEvent } from '../../../shared/api/jobs/job-schemas.ts';
import type { JobRecord, Task } from '../job-store.ts';

/** A task to enqueue; larger `priority` first. */
export type QueuedTask = Task & { readonly priority: number };

/**
 * What follows from a task. The loop applies `change` and `events` in one step of `JobStore.update`,
 * enqueues `next` of the record that came out, and completes the lease last. So a node may die between
 * any two steps: the task runs again, and all of it is made to be applied twice.
 */
export interface TaskOutcome {
  /** The record afterwards; `undefined` when nothing is left to change. Pure, may be called again. */
  change(record: JobRecord): JobRecord | undefined;
  /** Of the record that `change` returned. */
  events(record: JobRecord): readonly Omit<JobEvent, 'id'>[];
  /** Tasks that are due with the record as it then is. */
  next(record: JobRecord): readonly QueuedTask[];
}

export interface TaskRunner {
  /** What is to be recorded before the task is run, such as the status `planning`. */
  begin(task: Task): TaskOutcome;
  /**
   * Does the work. Blobs are written before it returns.
   *
   * @param signal Aborted when the lease is lost, the job is canceled or the node drains.
   * @throws {UniCellError} and others; `CANCELED` after `signal`.
   */
  run(task: Task, record: JobRecord, signal: AbortSignal): Promise<TaskOutcome>;
  /** Whether another try may end better: false for a file that is no image, true for a lost network. */
  isWorthRetrying(task: Task, error: unknown): boolean;
  /** What follows when the task is not tried again: the job fails, or a chunk is reported as missing. */
  giveUp(task: Task, error: unknown): TaskOutcome;
  /**
   * The tasks that a job must have waiting or running. A sweeper enqueues those that a kill between two
   * steps has lost; `JobStore.enqueue` drops those that are there.
   */
  due(record: JobRecord): readonly QueuedTask[];
}
