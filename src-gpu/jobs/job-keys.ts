/**
 * Where the blobs of a job lie: all below one prefix, so that removing it erases the job.
 *
 * @module
 */

import type { Job } from '../../shared/api/jobs/job-schemas.ts';

/** Prefix of everything that belongs to any job. */
export const JOBS = 'jobs/';

/** Prefix of everything that belongs to a job. */
export function jobFolder(jobId: string): string {
  return `${JOBS}${jobId}/`;
}

/** Prefix of a job's result files. */
export function exportFolder(jobId: string): string {
  return `${jobFolder(jobId)}exports/`;
}

/**
 * A result file. Its key has the name without that of the slide, which may hold what keys may not.
 *
 * @param file Of a job's `exports`.
 */
export function exportKey(jobId: string, file: Pick<Job['exports'][number], 'name' | 'dataset'>) {
  const { name, dataset } = file;
  return `${exportFolder(jobId)}${name.slice(name.lastIndexOf(`${dataset}.`))}`;
}

/** The plan of this hash, as JSON. */
export function planKey(jobId: string, planHash: string): string {
  return `${jobFolder(jobId)}plans/${planHash}.json`;
}
