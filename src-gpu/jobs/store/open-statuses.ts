import type { JobStatus } from '../../../shared/api/jobs/job-schemas.ts';

/** Statuses of jobs that have not ended. */
export const OPEN_STATUSES: readonly JobStatus[] = ['queued', 'planning', 'running', 'finalizing'];
