import { hasEnded } from '../../../shared/api/jobs/job-answers.ts';
import type { Job } from '../../../shared/api/jobs/job-schemas.ts';
import { startProgress } from '../../terminal/progress.ts';
import type { JobsClient } from './client.ts';

/** Seconds of a long poll: how often the bar moves. */
const STEP_S = 1;

/** Shows a progress bar until the job has ended. */
export async function watchJob(client: JobsClient, id: string): Promise<Job> {
  const progress = startProgress('windows');
  try {
    let job = await client.get(id);
    while (!hasEnded(job)) {
      const { windowsDone, windowsTotal } = job.progress;
      if (windowsTotal !== null) progress.update(windowsDone, windowsTotal);
      job = await client.get(id, STEP_S);
    }
    return job;
  } finally {
    progress.stop();
  }
}
