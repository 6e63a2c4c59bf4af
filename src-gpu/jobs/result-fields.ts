import type { Job } from '../../shared/api/jobs/job-schemas.ts';
import type { FinalizedJob } from '../chunks/finalize-job.ts';

/** What a job says of its results once they are written. */
export function resultFields(
  { results, exports }: FinalizedJob,
  progress: Job['progress'],
): Pick<Job, 'progress' | 'results' | 'exports'> {
  return {
    progress: {
      ...progress,
      nuclei: results[0]?.summary.total.count ?? 0,
      etaSeconds: 0,
    },
    results: results.map(({ dataset, summary }) => ({
      dataset: dataset.id,
      areaMm2: summary.areaMm2,
      hasAllClasses: summary.hasAllClasses,
      total: summary.total.count,
      classes: summary.classes.map(({ name, count }) => ({ name, count })),
    })),
    exports: exports.map(({ key: _, ...shown }) => shown),
  };
}
