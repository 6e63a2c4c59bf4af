/**
 * Jobs for who may see them.
 *
 * @module
 */
import type { Caller } from '../../shared/api/http/caller.ts';
import { hasEnded } from '../../shared/api/jobs/job-answers.ts';
import { UniCellError } from '../../shared/errors.ts';
import type { ChunkFolder } from '../chunks/chunk-folder.ts';
import { hasResult } from './job-damage.ts';
import type { JobRecord, JobStore } from './job-store.ts';
import { beingRepaired, type Repairs } from './repairs.ts';
import { type JobRunner, PlanLost } from './runner/job-runner.ts';

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
 * @throws {UniCellError} `NOT_READY`, also while a lost plan is made again, or `JOB_STATE_CONFLICT` for a job that ended without a plan.
 */
export async function plannedFolder(
  runner: Pick<JobRunner, 'folder'>,
  record: JobRecord,
  repairs: Repairs,
): Promise<ChunkFolder> {
  const folder = await folderOf(runner, record, repairs);
  if (folder !== undefined) return folder;
  const { id, status } = record.job;
  throw new UniCellError(
    hasEnded(record.job) ? 'JOB_STATE_CONFLICT' : 'NOT_READY',
    `The job ${id} is ${status} and has no plan, so there is nothing to see of it. Ask again when it is running.`,
  );
}

/**
 * The chunks of a job; `undefined` before it is planned.
 *
 * @throws {UniCellError} `NOT_READY` while the plan of a finished job is made again.
 */
export async function folderOf(
  runner: Pick<JobRunner, 'folder'>,
  record: JobRecord,
  repairs: Repairs,
): Promise<ChunkFolder | undefined> {
  try {
    return await runner.folder(record);
  } catch (error) {
    if (!(error instanceof PlanLost && hasResult(record))) throw error;
    const isTried = await repairs.file(record, 'its plan');
    throw isTried ? beingRepaired(record.job.id) : error;
  }
}
