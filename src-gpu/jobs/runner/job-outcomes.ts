/**
 * How the steps of a job change its record. Every change looks whether it still applies: the same attempt,
 * not ended, not applied before.
 *
 * @module
 */
import type { Job, JobEvent, JobStatus } from '../../../shared/api/jobs/job-schemas.ts';
import type { StoreReport } from '../../../shared/api/jobs/store-schemas.ts';
import { UniCellError } from '../../../shared/errors.ts';
import type { FinalizedJob } from '../../chunks/finalize-job.ts';
import type { JobPlan } from '../../chunks/job-plan.ts';
import { chunkRectangle } from '../../chunks/plan-layout.ts';
import { beyondRepair, damageEvents, type Repair, repaired } from '../job-damage.ts';
import {
  type DoneChunks,
  openChunks,
  startState,
  stateOf,
  withChunkDone,
  withChunkFailed,
} from '../job-state.ts';
import type { JobRecord, Task } from '../job-store.ts';
import { resultFields } from '../result-fields.ts';
import type { QueuedTask, TaskOutcome } from './task-runner.ts';

const ENDED: readonly JobStatus[] = ['completed', 'completed_with_errors', 'failed', 'canceled'];

/** The job is being planned, or its exports written. */
export function begun(task: Task): TaskOutcome {
  if (task.kind === 'chunk' || task.kind === 'repair')
    return { change: () => undefined, events: () => [], next: () => [] };
  const [from, to] =
    task.kind === 'plan' ? (['queued', 'planning'] as const) : (['running', 'finalizing'] as const);
  return outcome(task, (record) =>
    record.job.status === from
      ? withJob(record, { status: to, startedAt: record.job.startedAt ?? now() })
      : undefined,
  );
}

/** The plan is there; `there` are chunks that an earlier attempt has left. */
export function planned(
  task: Task,
  plan: JobPlan,
  provider: string,
  there: DoneChunks,
): TaskOutcome {
  return outcome(task, (record) => {
    if (record.job.status !== 'planning') return undefined;
    const { state, progress } = startState(plan, there, Date.now());
    const { id, version } = plan.model;
    const changed = withJob(record, {
      status: 'running',
      image: {
        ...plan.image,
        mpp: plan.mpp.value,
        mppSource: plan.mpp.source,
        reader: plan.reader,
        bounds: plan.bounds,
      },
      model: { id, version, provider },
      planHash: plan.planHash,
      progress,
      results: [],
      exports: [],
      stored: undefined,
      warnings: [...plan.warnings],
      errors: [],
    });
    return { ...changed, plan: state };
  });
}

export function chunkDone(
  task: Task,
  done: { readonly windows: number; readonly nuclei: number },
): TaskOutcome {
  return outcome(
    task,
    (record) => withChunkDone(record, task.chunk, done, Date.now()),
    (record) => [
      {
        type: 'chunk',
        data: {
          chunk: task.chunk,
          region: chunkRectangle(stateOf(record)!.grid, task.chunk),
          nuclei: done.nuclei,
        },
      },
      { type: 'progress', data: record.job.progress },
    ],
  );
}

/** Why a result did not get into a PACS. */
export interface StoreFailure {
  readonly failure: unknown;
}

/** @param stored What became of the objects for a PACS, where the job has one. */
export function finalized(
  task: Task,
  done: FinalizedJob,
  stored: StoreReport | StoreFailure | undefined,
): TaskOutcome {
  const report = stored && !('failure' in stored) ? stored : undefined;
  return outcome(task, (record) =>
    withJob(record, {
      status: record.job.errors.length > 0 ? 'completed_with_errors' : 'completed',
      finishedAt: now(),
      ...resultFields(done, record.job.progress),
      warnings: [...done.warnings, ...storeWarnings(stored)],
      ...(report ? { stored: report } : {}),
    }),
  );
}

function storeWarnings(stored: StoreReport | StoreFailure | undefined): Job['warnings'] {
  if (stored === undefined) return [];
  if ('failure' in stored) {
    const { detail } = shownError(stored.failure);
    return [{ code: 'NOT_STORED', detail: `The result is not in the PACS. ${detail}` }];
  }
  const failed = stored.instances.filter(({ outcome }) => outcome === 'failed');
  return failed.map(({ dataset, format, detail }) => ({
    code: 'NOT_STORED',
    detail: `The PACS has not taken ${format} of ${dataset}: ${detail}.`,
  }));
}

/** Where no other chunk would fare better: without credentials, or where each run costs the service a process. */
const FATAL: readonly string[] = ['SOURCE_UNAUTHORIZED', 'PROCESS_LOST'];

/** A chunk is reported as missing; without its plan or its exports the job has failed. */
export function givenUp(task: Task, error: unknown): TaskOutcome {
  const shown = shownError(error);
  if (task.kind === 'repair') return ofFinished(task, (record) => beyondRepair(record, shown));
  // Resumed, the job goes on where it is.
  if (task.kind !== 'chunk' || FATAL.includes(shown.code)) {
    return outcome(task, (record) =>
      withJob(record, {
        status: 'failed',
        finishedAt: now(),
        errors: [...record.job.errors, shown],
      }),
    );
  }
  return outcome(task, (record) => {
    const state = stateOf(record);
    if (state === undefined) return undefined;
    const region = chunkRectangle(state.grid, task.chunk);
    return withChunkFailed(record, task.chunk, { ...shown, region });
  });
}

/** What was damaged after the end of the job has been made again, as far as that could be. */
export function repairDone(task: Task, repair: Repair): TaskOutcome {
  return ofFinished(task, (record) => repaired(record, repair));
}

function ofFinished(task: Task, change: TaskOutcome['change']): TaskOutcome {
  return {
    change: (record) => (record.job.attempt === task.attempt ? change(record) : undefined),
    events: damageEvents,
    next: () => [],
  };
}

/** What a job must have waiting or running. */
export function dueTasks(record: JobRecord): QueuedTask[] {
  const { id: jobId, attempt, priority, status } = record.job;
  const task = (kind: Task['kind'], chunk = 0) => ({ jobId, attempt, kind, chunk, priority });
  if (status === 'queued' || status === 'planning') return [task('plan')];
  const state = stateOf(record);
  if (ENDED.includes(status) || state === undefined) return [];
  const open = openChunks(state);
  return open.length > 0 ? open.map((chunk) => task('chunk', chunk)) : [task('finalize')];
}

function outcome(
  task: Task,
  change: TaskOutcome['change'],
  events: TaskOutcome['events'] = () => [],
): TaskOutcome {
  let before: JobStatus | undefined;
  return {
    change(record) {
      const { attempt, status } = record.job;
      before = status;
      return attempt === task.attempt && !ENDED.includes(status) ? change(record) : undefined;
    },
    events(record) {
      const { status, errors } = record.job;
      const changed: Omit<JobEvent, 'id'>[] =
        status === before ? [] : [{ type: 'status', data: { status, errors } }];
      return [...events(record), ...changed];
    },
    next(record) {
      const isChunk = task.kind === 'chunk';
      const due = dueTasks(record);
      // A chunk only brings on the end of all; the other chunks are in the queue since the plan was made.
      return isChunk ? due.filter(({ kind }) => kind === 'finalize') : due;
    },
  };
}

function withJob(record: JobRecord, changes: Partial<Job>): JobRecord {
  return { ...record, job: { ...record.job, ...changes } };
}

/** What a caller may know of a failure: of a bug no more than that there is one. */
export function shownError(error: unknown): { code: string; detail: string } {
  return error instanceof UniCellError
    ? { code: error.code, detail: error.publicMessage }
    : { code: 'INTERNAL', detail: 'An unexpected fault of the service; its log says more.' };
}

function now(): string {
  return new Date().toISOString();
}
