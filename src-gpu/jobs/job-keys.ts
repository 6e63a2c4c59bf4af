/**
 * Where the blobs of a job lie: all below one prefix, so that removing it erases the job.
 *
 * @module
 */

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

/** The plan of this hash, as JSON. */
export function planKey(jobId: string, planHash: string): string {
  return `${jobFolder(jobId)}plans/${planHash}.json`;
}
