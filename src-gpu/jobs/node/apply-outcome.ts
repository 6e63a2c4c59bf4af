import type { JobRecord, JobStore } from '../job-store.ts';
import type { TaskOutcome } from '../runner/task-runner.ts';
import { webhookTasks } from '../webhook/webhook-events.ts';

/**
 * Records what follows from a task and enqueues what is due then. A node may die in between: the task is
 * run again, and changes that were made and tasks that are there are left alone.
 *
 * @returns The record afterwards; `undefined` when the job is gone.
 */
export async function applyOutcome(
  store: JobStore,
  jobId: string,
  outcome: TaskOutcome,
): Promise<JobRecord | undefined> {
  const record = await store.update(
    jobId,
    (one) => outcome.change(one),
    (one) => outcome.events(one),
  );
  if (record !== undefined) {
    await store.enqueue([...outcome.next(record), ...webhookTasks(record)]);
  }
  return record;
}
