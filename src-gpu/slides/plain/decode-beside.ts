/**
 * Images of strangers, decoded in processes of their own. libvips runs on the threads that files and names of
 * hosts need too, cannot be stopped there, and a fault in it would end the service.
 *
 * @module
 */
import { availableParallelism } from 'node:os';
import { UniCellError } from '../../../shared/errors.ts';
import { TaskTimeout, ThreadPool } from '../../threads/thread-pool.ts';
import type { DecodedPlainImage, PlainImageTask } from './decode-plain-image.ts';
import { PlainImageProcess } from './plain-image-process.ts';

const MAX_PROCESSES = 4;
const MAX_WAITING = 64;
/** The largest pictures that are taken need a few seconds. */
const TIMEOUT_MS = 30_000;

const pool = new ThreadPool<PlainImageTask, DecodedPlainImage>({
  start: () => new PlainImageProcess(),
  threads: Math.max(1, Math.min(MAX_PROCESSES, availableParallelism() - 1)),
  timeoutMs: TIMEOUT_MS,
  maxWaiting: MAX_WAITING,
});

/**
 * Decodes as `decodePlainImage` does.
 *
 * @throws {UniCellError} As `decodePlainImage`; `OVERLOADED`; `IMAGE_UNREADABLE` also when it takes too long or ends
 *   the decoder.
 */
export async function decodeBeside(task: PlainImageTask): Promise<DecodedPlainImage> {
  try {
    return await pool.run(task).catch((error) => {
      if (error instanceof UniCellError || error instanceof TaskTimeout) throw error;
      // The process may have been lost by no fault of the picture, or before it had it.
      return pool.run(task);
    });
  } catch (cause) {
    if (cause instanceof UniCellError) throw cause;
    const reason =
      cause instanceof TaskTimeout
        ? `was not decoded in ${TIMEOUT_MS / 1000} seconds`
        : 'has twice ended the process that decoded it';
    throw new UniCellError(
      'IMAGE_UNREADABLE',
      `${task.label} ${reason}. The file is damaged, or made to cost much; export it again.`,
      { cause },
    );
  }
}
