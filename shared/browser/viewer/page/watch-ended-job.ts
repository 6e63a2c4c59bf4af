/**
 * A job that has ended, on a page that stays open: somebody may run it again with other options, or delete it.
 *
 * @module
 */
import type { Job } from '../../../api/jobs/job-schemas.ts';
import { type JobHandle, UniCellProblem } from '../../../client/client.ts';

const LOOK_MS = 30_000;

/**
 * Looks at the job when the page comes back into sight, and now and then while it is seen. Where the job is no longer what
 * the page shows, the page is loaded anew.
 *
 * @param onProblem Hears that the job is gone, once.
 */
export function watchEndedJob(
  handle: JobHandle,
  shown: Job,
  onProblem: (error: unknown) => void,
): void {
  const watching = new AbortController();
  const look = async () => {
    if (document.hidden) return;
    try {
      const { attempt, status } = await handle.get();
      if (attempt !== shown.attempt || status !== shown.status) location.reload();
    } catch (error) {
      // A service that is away comes back; what it says is to be heard.
      if (!(error instanceof UniCellProblem) || error.status !== 404) return;
      watching.abort();
      onProblem(error);
    }
  };
  const { signal } = watching;
  const timer = setInterval(look, LOOK_MS);
  signal.addEventListener('abort', () => clearInterval(timer));
  addEventListener('focus', look, { signal });
  document.addEventListener('visibilitychange', look, { signal });
}
