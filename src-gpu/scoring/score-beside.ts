/**
 * Scores in threads of their own: an assignment takes seconds, and the service answers others meanwhile.
 *
 * @module
 */
import { Worker } from 'node:worker_threads';
import { UniCellError } from '../../shared/errors.ts';
import type { ScoreReport } from '../../shared/scoring/score-report.ts';
import { TaskTimeout, ThreadPool } from '../threads/thread-pool.ts';
import type { ScoreTask } from './score-task.ts';

const THREADS = 2;
const MAX_WAITING = 16;
/** Several times what the limit of the work takes on a slow machine. */
const TIMEOUT_MS = 60_000;

const pool = new ThreadPool<ScoreTask, ScoreReport>({
  start: () => new Worker(new URL('./score-thread.ts', import.meta.url)),
  threads: THREADS,
  timeoutMs: TIMEOUT_MS,
  maxWaiting: MAX_WAITING,
});

/**
 * Scores as `scoreImages` does.
 *
 * @param signal Ends the thread.
 * @throws {UniCellError} As `scoreImages`; `OVERLOADED`; `SCORE_TOO_LARGE` also after a minute.
 */
export async function scoreBeside(task: ScoreTask, signal?: AbortSignal): Promise<ScoreReport> {
  try {
    return await pool.run(task, [], signal);
  } catch (cause) {
    if (!(cause instanceof TaskTimeout)) throw cause;
    throw new UniCellError(
      'SCORE_TOO_LARGE',
      `The score was not done in ${TIMEOUT_MS / 1000} seconds. Score fewer pictures in one request, or smaller regions of them.`,
      { cause },
    );
  }
}
