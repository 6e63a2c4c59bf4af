/**
 * Threads for work on pixels, for the whole process.
 *
 * @module
 */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Raster } from '../../../shared/image/raster.ts';
import { ThreadPool } from '../../threads/thread-pool.ts';
import type { PixelTask, Task, Unpacked, UnpackTask } from './task.ts';

const MAX_THREADS = 8;
/** A hostile codestream must not hold a thread for ever. */
const TASK_TIMEOUT_MS = 60_000;

const pool = new ThreadPool<Task, Raster | Unpacked>({
  start: () => new Worker(new URL('./worker.ts', import.meta.url)),
  threads: Math.max(1, Math.min(MAX_THREADS, availableParallelism() - 1)),
  timeoutMs: TASK_TIMEOUT_MS,
});

/**
 * Computes a task in the next free thread.
 *
 * @param moved Buffers that the caller gives away instead of having them copied.
 * @throws {Error} When the task fails or takes too long.
 */
export function compute(task: PixelTask, moved?: readonly ArrayBuffer[]): Promise<Raster>;
export function compute(task: UnpackTask, moved?: readonly ArrayBuffer[]): Promise<Unpacked>;
export function compute(
  task: Task,
  moved: readonly ArrayBuffer[] = [],
): Promise<Raster | Unpacked> {
  return pool.run(task, moved);
}
