/**
 * Jobs for who may see them.
 *
 * @module
 */
import type { Caller } from '../../shared/api/http/caller.ts';
import { hasEnded } from '../../shared/api/jobs/job-answers.ts';
import { UniCellError } from '../../shared/errors.ts';
import type { ChunkFolder } from '../chunks/chunk-folder.ts';
import type { JobRecord, JobStore } from './job-store.ts';
import type { JobRunner } from './runner/job-runner.ts';

/**
 * The job of an id, for who may see it: its caller, and those with the scope `admin`.
 *
 * @throws {UniCellError} `NOT_FOUND`, also for jobs of others.
 */
export async function findJob(store: JobStore, id: string, caller: Caller): Promise<JobRecord> {
  const record = await store.get(id);
  const isAllowed = record && (seesAll(caller) || record.callerId === caller.id);
  if (!isAllowed) throw jobNotFound(id);
  return record;
}

export function seesAll({ scopes }: Caller): boolean {
  return scopes.includes('admin');
}

export function jobNotFound(id: string): UniCellError {
  return new UniCellError(
    'NOT_FOUND',
    `There is no job ${JSON.stringify(id.slice(0, 80))} of this key.`,
  );
}

/**
 * The chunks of a job.
 *
 * @throws {UniCellError} `NOT_READY`, or `JOB_STATE_CONFLICT` for a job that ended without a plan.
 */
export async function plannedFolder(
  runner: Pick<JobRunner, 'folder'>,
  record: JobRecord,
): Promise<ChunkFolder> {
  const folder = await runner.folder(record);
  if (folder !== undefined) return folder;
  const { id, status } = record.job;
  throw new UniCellError(
    hasEnded(record.job) ? 'JOB_STATE_CONFLICT' : 'NOT_READY',
    `The job ${id} is ${status} and has no plan, so there is nothing to see of it. Ask again when it is running.`,
  );
}
