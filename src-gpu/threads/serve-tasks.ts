/**
 * The thread's side of a `ThreadPool`.
 *
 * @module
 */
import { parentPort } from 'node:worker_threads';
import { type ErrorCode, UniCellError } from '../../shared/errors.ts';

/** What a thread posts for a task. */
export type ThreadAnswer<R> =
  | { readonly result: R }
  | { readonly failure: { readonly code: ErrorCode | undefined; readonly message: string } };

/**
 * Answers one task after the other.
 *
 * @param run Does a task.
 * @param movedOf Buffers of a result that are given away instead of being copied.
 */
export function serveTasks<T, R>(
  run: (task: T) => R | Promise<R>,
  movedOf: (result: R) => readonly ArrayBuffer[] = () => [],
): void {
  parentPort?.on('message', async (task: T) => {
    try {
      const result = await run(task);
      parentPort?.postMessage({ result } satisfies ThreadAnswer<R>, [...movedOf(result)]);
    } catch (error) {
      const code = error instanceof UniCellError ? error.code : undefined;
      const message = error instanceof Error ? error.message : String(error);
      parentPort?.postMessage({ failure: { code, message } } satisfies ThreadAnswer<R>);
    }
  });
}
