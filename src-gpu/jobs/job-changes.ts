/**
 * How callers change jobs.
 *
 * @module
 */
import { hasEnded } from '../../shared/api/jobs/job-answers.ts';
import type { Job, JobChanges, JobEvent, JobOptions } from '../../shared/api/jobs/job-schemas.ts';
import { UniCellError } from '../../shared/errors.ts';
import type { JobRecord } from './job-store.ts';

/**
 * The job given up by its caller. One that was canceled before stays as it is.
 *
 * @throws {UniCellError} `JOB_STATE_CONFLICT` when it has ended otherwise.
 */
export function canceled(record: JobRecord): JobRecord | undefined {
  const { status } = record.job;
  if (status === 'canceled') return undefined;
  if (hasEnded(record.job)) throw conflict(record.job, 'only a job that has not ended is canceled');
  return withJob(record, { status: 'canceled', finishedAt: new Date().toISOString() });
}

/**
 * The job begun anew; chunks that are done are kept.
 *
 * @param changes Options that are others now. With some there is no plan any more; what was done under it stays in the
 *   store, and is found again by who asks for the same options once more.
 * @throws {UniCellError} `JOB_STATE_CONFLICT` unless it failed, was canceled or has errors; with changes also where it
 *   has a result, which would be lost.
 */
export function resumed(record: JobRecord, changes: JobChanges = {}): JobRecord {
  const { status, attempt, progress } = record.job;
  if (!['failed', 'canceled', 'completed_with_errors'].includes(status)) {
    throw conflict(record.job, 'only a job that failed, was canceled or has errors is resumed');
  }
  const isChanged = Object.keys(changes).length > 0;
  if (isChanged && status === 'completed_with_errors') {
    throw conflict(
      record.job,
      'it has a result, so it is not run with other options; make another job',
    );
  }
  const begun = withJob(record, {
    status: 'queued',
    attempt: attempt + 1,
    startedAt: null,
    finishedAt: null,
    progress: { ...progress, etaSeconds: null },
    results: [],
    exports: [],
    errors: [],
  });
  return isChanged ? unplanned(begun, changes) : begun;
}

function unplanned(record: JobRecord, changes: JobChanges): JobRecord {
  const none = { chunksTotal: null, chunksDone: 0, windowsTotal: null, windowsDone: 0, nuclei: 0 };
  const progress = { ...none, etaSeconds: null };
  const unknown = { image: null, model: null, planHash: null, warnings: [], progress };
  return { ...withJob(record, unknown), options: changed(record.options, changes), plan: null };
}

function changed(options: JobOptions, changes: JobChanges): JobOptions {
  const all = Object.entries({ ...options, ...changes });
  return Object.fromEntries(all.filter(([, value]) => value !== null)) as JobOptions;
}

/** The event of a new status. */
export function statusEvent({ job }: JobRecord): Omit<JobEvent, 'id'>[] {
  return [{ type: 'status', data: { status: job.status, errors: job.errors } }];
}

function withJob(record: JobRecord, changes: Partial<Job>): JobRecord {
  return { ...record, job: { ...record.job, ...changes } };
}

function conflict({ id, status }: Job, rule: string): UniCellError {
  return new UniCellError('JOB_STATE_CONFLICT', `The job ${id} is ${status}; ${rule}.`);
}
