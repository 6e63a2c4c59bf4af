/**
 * What happens to a job, as it happens.
 *
 * @module
 */
import type { JobEvent, JobHandle } from '../../../client/client.ts';

const AGAIN_MS = 3000;

/**
 * Tells the events of a job until it has ended, however long the service is away meanwhile: a page may stay
 * open for days.
 *
 * @throws {UniCellProblem} when the job is gone.
 */
export async function* jobEvents(job: JobHandle): AsyncGenerator<JobEvent> {
  for (let lastId = 0; ; ) {
    try {
      for await (const event of job.events(lastId)) {
        lastId = event.id;
        yield event;
      }
      return;
    } catch (error) {
      // A connection that breaks is a TypeError; what the service says is to be heard.
      if (!(error instanceof TypeError)) throw error;
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
  }
}
