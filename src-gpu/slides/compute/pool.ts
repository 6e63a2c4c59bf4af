/**
 * A few threads for the whole process, started when they are first needed. They do not keep it alive.
 *
 * @module
 */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Raster } from '../../../shared/image/raster.ts';
import type { Answer, Task } from './task.ts';

const MAX_THREADS = 8;
/** A hostile codestream must not hold a thread for ever. */
const TASK_TIMEOUT_MS = 60_000;

interface Job {
  readonly task: Task;
  readonly moved: readonly ArrayBuffer[];
  readonly resolve: (raster: Raster) => void;
  readonly reject: (error: Error) => void;
}

const idle: Worker[] = [];
const waiting: Job[] = [];
let started = 0;

/**
 * Computes a task in the next free thread.
 *
 * @param moved Buffers that the caller gives away instead of having them copied.
 * @throws {Error} When the task fails or takes too long.
 */
export function compute(task: Task, moved: readonly ArrayBuffer[] = []): Promise<Raster> {
  return new Promise((resolve, reject) => {
    waiting.push({ task, moved, resolve, reject });
    startNext();
  });
}

function startNext(): void {
  const limit = Math.max(1, Math.min(MAX_THREADS, availableParallelism() - 1));
  while (waiting.length > 0 && (idle.length > 0 || started < limit)) {
    run(idle.pop() ?? startThread(), waiting.shift()!);
  }
}

function startThread(): Worker {
  started += 1;
  return new Worker(new URL('./worker.ts', import.meta.url));
}

function run(worker: Worker, { task, moved, resolve, reject }: Job): void {
  const release = (isUsable: boolean) => {
    clearTimeout(timer);
    worker.off('message', onAnswer).off('error', onError).off('exit', onExit);
    if (isUsable) {
      worker.unref();
      idle.push(worker);
    } else {
      started -= 1;
      void worker.terminate();
    }
    startNext();
  };
  const onAnswer = (answer: Answer) => {
    release(true);
    if ('raster' in answer) resolve(answer.raster);
    else reject(new Error(answer.failure));
  };
  const onError = (error: Error) => {
    release(false);
    reject(error);
  };
  const onExit = (code: number) => onError(new Error(`the thread ended with ${code}`));
  const onTimeout = () => onError(new Error(`it took more than ${TASK_TIMEOUT_MS} ms`));
  const timer = setTimeout(onTimeout, TASK_TIMEOUT_MS);
  worker.ref();
  worker.once('message', onAnswer).once('error', onError).once('exit', onExit);
  worker.postMessage(task, [...moved]);
}
