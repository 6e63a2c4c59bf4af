/**
 * A task runner without slides or a model: chunks that take a while, write a blob and are counted, and an
 * export that is made of them. What is done twice shows in the count, what is lost in the export.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Job } from '../../shared/api/jobs/job-schemas.ts';
import { UniCellError } from '../../shared/errors.ts';
import type { BlobStore } from '../../src-gpu/blobs/blob-store.ts';
import type { JobRecord, Task } from '../../src-gpu/jobs/job-store.ts';
import type { QueuedTask, TaskOutcome, TaskRunner } from '../../src-gpu/jobs/runner/task-runner.ts';

export interface SimpleRunnerOptions {
  readonly blobs: BlobStore;
  readonly chunks: number;
  readonly chunkMs?: number;
  /** Thrown by a task instead of an outcome. */
  readonly failure?: (task: Task) => Error | undefined;
}

export class SimpleRunner implements TaskRunner {
  /** Chunks that were run to their end here, in order. */
  readonly ran: number[] = [];
  readonly #options: SimpleRunnerOptions;

  constructor(options: SimpleRunnerOptions) {
    this.#options = options;
  }

  begin({ kind }: Task): TaskOutcome {
    const status = kind === 'plan' ? 'planning' : 'finalizing';
    return kind === 'chunk'
      ? outcome(() => undefined)
      : outcome((record) => withJob(record, { status }));
  }

  async run(task: Task, record: JobRecord, signal: AbortSignal): Promise<TaskOutcome> {
    const failure = this.#options.failure?.(task);
    if (failure) throw failure;
    const { blobs, chunks, chunkMs = 0 } = this.#options;
    const folder = `jobs/${task.jobId}/`;
    switch (task.kind) {
      case 'plan':
        return outcome((one) => ({
          ...withJob(one, {
            status: 'running',
            progress: { ...one.job.progress, chunksTotal: chunks },
          }),
          plan: Array.from({ length: chunks }, () => 'open'),
        }));
      case 'chunk': {
        await sleep(chunkMs, undefined, { signal });
        const bytes = createHash('sha256').update(`chunk ${task.chunk}`).digest();
        await blobs.put(`${folder}chunks/${task.chunk}`, bytes, signal);
        this.ran.push(task.chunk);
        return outcome((one) => withChunk(one, task.chunk, 'done'));
      }
      case 'finalize': {
        const hash = createHash('sha256');
        for (const [index, state] of (record.plan as string[]).entries()) {
          if (state === 'done') hash.update((await blobs.bytes(`${folder}chunks/${index}`))!);
        }
        const text = new TextEncoder().encode(hash.digest('hex'));
        const written = await blobs.put(`${folder}exports/hash.txt`, text, signal);
        const file = { name: 'hash.txt', format: 'txt', dataset: 'none', mediaType: 'text/plain' };
        return outcome((one) =>
          withJob(one, {
            status: one.job.errors.length > 0 ? 'completed_with_errors' : 'completed',
            finishedAt: new Date().toISOString(),
            exports: [{ ...file, ...written }],
          }),
        );
      }
      case 'repair':
        return outcome(() => undefined);
    }
  }

  isWorthRetrying(_task: Task, error: unknown): boolean {
    return !(error instanceof UniCellError && error.code === 'IMAGE_UNREADABLE');
  }

  giveUp({ kind, chunk }: Task, error: unknown): TaskOutcome {
    const { message } = error as Error;
    const isFatal = error instanceof UniCellError && error.code === 'PROCESS_LOST';
    return kind === 'chunk' && !isFatal
      ? outcome((one) => withChunk(one, chunk, 'failed', message))
      : outcome((one) => withJob(one, { status: 'failed', errors: [shown(message)] }));
  }

  due = due;
}

function due({ job, plan }: JobRecord): QueuedTask[] {
  const { id: jobId, attempt, priority, status } = job;
  const task = (kind: Task['kind'], chunk = 0) => ({ jobId, attempt, kind, chunk, priority });
  if (status === 'queued' || status === 'planning') return [task('plan')];
  if (status !== 'running' && status !== 'finalizing') return [];
  const open = (plan as string[]).flatMap((state, index) => (state === 'open' ? [index] : []));
  return open.length > 0 ? open.map((index) => task('chunk', index)) : [task('finalize')];
}

function outcome(change: (record: JobRecord) => JobRecord | undefined): TaskOutcome {
  const isOver = ({ job }: JobRecord) => /complete|failed|canceled/.test(job.status);
  return {
    change: (record) => (isOver(record) ? undefined : change(record)),
    events: ({ job }) => [{ type: 'status', data: { status: job.status } }],
    next: due,
  };
}

function withChunk(
  record: JobRecord,
  index: number,
  state: 'done' | 'failed',
  message?: string,
): JobRecord | undefined {
  const plan = record.plan as string[];
  if (plan[index] !== 'open') return undefined;
  const { progress, errors } = record.job;
  return {
    ...withJob(record, {
      progress: {
        ...progress,
        chunksDone: progress.chunksDone + (state === 'done' ? 1 : 0),
        nuclei: progress.nuclei + (state === 'done' ? index + 1 : 0),
      },
      errors: message === undefined ? errors : [...errors, shown(message)],
    }),
    plan: plan.with(index, state),
  };
}

function withJob(record: JobRecord, changes: Partial<Job>): JobRecord {
  return { ...record, job: { ...record.job, ...changes } };
}

function shown(detail: string) {
  return { code: 'INTERNAL', detail };
}
