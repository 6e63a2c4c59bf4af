/**
 * What a finished job says of results that were damaged after its end. Its status and its files stay; where a
 * part cannot be had again the job is `completed_with_errors` and may be resumed.
 *
 * @module
 */
import type { Job, JobError, JobEvent } from '../../shared/api/jobs/job-schemas.ts';
import { Bits } from '../chunks/bits.ts';
import type { FinalizedJob } from '../chunks/finalize-job.ts';
import { chunkRectangle, gridChunks, type PlanLayout } from '../chunks/plan-layout.ts';
import { type DoneChunks, type JobState, openChunks, stateOf } from './job-state.ts';
import type { JobRecord } from './job-store.ts';
import { resultFields } from './result-fields.ts';

/** The warnings of {@link Job}: at most one of them at a time. */
const DAMAGED = 'RESULT_DAMAGED';
const REPAIRED = 'RESULT_REPAIRED';
const INCOMPLETE = 'RESULT_INCOMPLETE';

/** What was found damaged or gone. */
export interface Damage {
  readonly chunks: readonly number[];
  /** Of the plan; `undefined` when it is gone itself. */
  readonly layout: PlanLayout | undefined;
}

/** What a repair has come to. */
export interface Repair {
  /** All chunks that have a whole file now. */
  readonly there: DoneChunks;
  /** Windows that were run again. */
  readonly windows: number;
  /** Chunks that could not be run again, and why. */
  readonly lost: ReadonlyMap<number, Omit<JobError, 'region'>>;
  /** The files that were written again; they stay as they are when left out. */
  readonly done: FinalizedJob | undefined;
}

/** Whether the job has results that can be damaged. */
export function hasResult({ job: { status } }: JobRecord): boolean {
  return status === 'completed' || status === 'completed_with_errors';
}

/** Whether the job has been found damaged and is to be repaired. */
export function isDamaged({ job }: JobRecord): boolean {
  return job.warnings.some(({ code }) => code === DAMAGED);
}

/** Of chunks that cannot be read, those that were done and are not known to be missing. */
export function damagedChunks(record: JobRecord, missing: readonly number[]): number[] {
  const state = stateOf(record);
  if (state === undefined || !hasResult(record)) return [];
  const failed = Bits.parse(state.failed);
  return missing.filter((index) => !failed.has(index));
}

/** The job that says that it is damaged and will be repaired; `undefined` when it says so already. */
export function damaged(record: JobRecord, { chunks, layout }: Damage): JobRecord | undefined {
  const state = stateOf(record);
  if (state === undefined || !hasResult(record)) return undefined;
  const done = Bits.parse(state.done);
  const news = chunks.filter((index) => done.has(index));
  const said = record.job.warnings.find(isOfDamage)?.code;
  // What was tried in vain is not tried again by itself, only what is found besides.
  const isSaid = said === DAMAGED || (said === INCOMPLETE && chunks.length === 0);
  if (news.length === 0 && isSaid) return undefined;
  const { progress } = record.job;
  const left: JobState = { ...state, done: `${news.reduce((all, one) => all.without(one), done)}` };
  const windows = layout ? windowsOf(layout, openChunks(left)) : 0;
  const what = windows > 0 ? `The results of ${windows} windows` : 'Files of the result';
  return {
    ...record,
    plan: left,
    job: {
      ...record.job,
      progress: {
        ...progress,
        chunksDone: progress.chunksDone - news.length,
        windowsDone: progress.windowsDone - (layout ? windowsOf(layout, news) : 0),
      },
      warnings: withWarning(record.job, {
        code: DAMAGED,
        detail: `${what} were damaged or lost in the store and are being made again from the slide. Until then detections, tiles and counts may lack them, and say that they are partial.`,
      }),
    },
  };
}

/** The job after a repair. */
export function repaired(
  record: JobRecord,
  { there, windows, lost, done }: Repair,
): JobRecord | undefined {
  const state = stateOf(record);
  if (state === undefined || !hasResult(record)) return undefined;
  const { count } = gridChunks(state.grid);
  const failed = [...Bits.parse(state.failed), ...lost.keys()];
  const errors = [
    ...record.job.errors,
    ...[...lost].map(([index, error]) => ({ ...error, region: chunkRectangle(state.grid, index) })),
  ];
  const { warnings } = record.job;
  const progress = {
    ...record.job.progress,
    chunksDone: there.indices.length,
    windowsDone: there.windows,
  };
  const job: Job = {
    ...record.job,
    status: errors.length > 0 ? 'completed_with_errors' : 'completed',
    errors,
    ...(done ? resultFields(done, progress) : { progress }),
    warnings: done
      ? [...done.warnings, ...warnings.filter(({ code }) => code === 'NOT_STORED')]
      : warnings,
  };
  const missing = (progress.windowsTotal ?? there.windows) - there.windows;
  const warning =
    lost.size === 0
      ? {
          code: REPAIRED,
          detail: `Results were damaged or lost in the store after the end of the job. ${windows} windows were run again from the slide, and the result is whole.`,
        }
      : incomplete(missing, [...lost.values()][0]!.detail, done === undefined);
  return {
    ...record,
    plan: {
      ...state,
      done: `${Bits.of(count, there.indices)}`,
      failed: `${Bits.of(count, failed)}`,
    } satisfies JobState,
    job: { ...job, warnings: withWarning(job, warning) },
  };
}

/** The job when its repair was given up: what was damaged stays missing. */
export function beyondRepair(
  record: JobRecord,
  error: Omit<JobError, 'region'>,
): JobRecord | undefined {
  const state = stateOf(record);
  if (state === undefined || !hasResult(record)) return undefined;
  const open = openChunks(state);
  const { windowsTotal, windowsDone } = record.job.progress;
  const errors =
    open.length > 0
      ? open.map((index) => ({ ...error, region: chunkRectangle(state.grid, index) }))
      : [error];
  const job: Job = {
    ...record.job,
    status: 'completed_with_errors',
    errors: [...record.job.errors, ...errors],
  };
  const missing = (windowsTotal ?? windowsDone) - windowsDone;
  return {
    ...record,
    plan: {
      ...state,
      failed: `${open.reduce((all, one) => all.with(one), Bits.parse(state.failed))}`,
    } satisfies JobState,
    job: { ...job, warnings: withWarning(job, incomplete(missing, error.detail, open.length > 0)) },
  };
}

/** The event of what a damage or a repair has changed. */
export function damageEvents({ job }: JobRecord): Omit<JobEvent, 'id'>[] {
  const warning = job.warnings.find(isOfDamage);
  return warning === undefined ? [] : [{ type: 'warning', data: warning }];
}

function windowsOf({ tasks }: PlanLayout, chunks: readonly number[]): number {
  return chunks.reduce((sum, index) => sum + (tasks.get(index)?.windows ?? 0), 0);
}

function incomplete(windows: number, reason: string, hasFiles: boolean) {
  const what = windows > 0 ? `The results of ${windows} windows` : 'Files of the result';
  const files = hasFiles
    ? 'Files that were written before are whole; detections, tiles and counts lack them.'
    : 'The files lack them too.';
  return {
    code: INCOMPLETE,
    detail: `${what} were damaged or lost in the store and could not be made again: ${reason} ${files} Resume the job when the slide is there.`,
  };
}

function withWarning({ warnings }: Job, warning: Job['warnings'][number]): Job['warnings'] {
  return [...warnings.filter((one) => !isOfDamage(one)), warning];
}

function isOfDamage({ code }: Job['warnings'][number]): boolean {
  return code === DAMAGED || code === REPAIRED || code === INCOMPLETE;
}
