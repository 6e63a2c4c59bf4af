/**
 * How callers change jobs.
 *
 * @module
 */
import { hasEnded } from '../../shared/api/jobs/job-answers.ts';
import type { Job, JobEvent } from '../../shared/api/jobs/job-schemas.ts';
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
 * @throws {UniCellError} `JOB_STATE_CONFLICT` unless it failed, was canceled or has errors.
 */
export function resumed(record: JobRecord): JobRecord {
  const { status, attempt, progress } = record.job;
  if (!['failed', 'canceled', 'completed_with_errors'].includes(status)) {
    throw conflict(record.job, 'only a job that failed, was canceled or has errors is resumed');
  }
  return withJob(record, {
    status: 'queued',
    attempt: attempt + 1,
    startedAt: null,
    finishedAt: null,
    progress: { ...progress, etaSeconds: null },
    results: [],
    exports: [],
    errors: [],
  });
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
