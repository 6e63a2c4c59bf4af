/**
 * A few threads, or processes, for work that blocks: started when they are first needed, ended when a task
 * takes too long or nobody wants it any more. They do not keep the process alive.
 *
 * @module
 */
import type { EventEmitter } from 'node:events';
import { type ErrorCode, UniCellError } from '../../shared/errors.ts';
import type { ThreadAnswer } from './serve-tasks.ts';

export interface ThreadPoolOptions {
  /** Starts a thread whose module calls `serveTasks`, or what behaves like one. */
  readonly start: () => PoolWorker;
  /** Most threads at once. */
  readonly threads: number;
  /** A task that takes longer is ended with its thread. */
  readonly timeoutMs: number;
  /** Most tasks that wait for a thread; any number when left out. */
  readonly maxWaiting?: number;
}

/** What a pool needs of a thread. It emits `message` with a `ThreadAnswer`, `error` and `exit`. */
export interface PoolWorker extends Pick<EventEmitter, 'once' | 'on' | 'off'> {
  postMessage(task: unknown, moved: ArrayBuffer[]): void;
  ref(): void;
  unref(): void;
  terminate(): unknown;
}

interface Job<T, R> {
  readonly task: T;
  readonly moved: readonly ArrayBuffer[];
  readonly signal: AbortSignal | undefined;
  readonly resolve: (result: R) => void;
  readonly reject: (error: unknown) => void;
}

/** Runs tasks `T` to results `R`, which both can be posted to threads. */
export class ThreadPool<T, R> {
  readonly #options: ThreadPoolOptions;
  readonly #idle: PoolWorker[] = [];
  #waiting: Job<T, R>[] = [];
  #started = 0;

  constructor(options: ThreadPoolOptions) {
    this.#options = options;
  }

  /**
   * Runs a task in the next free thread.
   *
   * @param moved Buffers that the caller gives away instead of having them copied.
   * @param signal Ends the task, and its thread if it runs already.
   * @throws {UniCellError} `OVERLOADED` when too many wait, `CANCELED` after the signal, and what the task
   *   threw; {@link TaskTimeout}; other errors when the thread was lost.
   */
  run(task: T, moved: readonly ArrayBuffer[] = [], signal?: AbortSignal): Promise<R> {
    const { maxWaiting = Number.POSITIVE_INFINITY } = this.#options;
    return new Promise((resolve, reject) => {
      if (signal?.aborted) throw canceled();
      const job = { task, moved, signal, resolve, reject };
      this.#waiting.push(job);
      signal?.addEventListener('abort', () => this.#forget(job), { once: true });
      this.#startNext();
      if (this.#waiting.length > maxWaiting) {
        this.#waiting.pop();
        throw new UniCellError(
          'OVERLOADED',
          `${maxWaiting} tasks wait for a thread already. Send it again in a moment.`,
        );
      }
    });
  }

  #forget(job: Job<T, R>): void {
    if (!this.#waiting.includes(job)) return;
    this.#waiting = this.#waiting.filter((one) => one !== job);
    job.reject(canceled());
  }

  #startNext(): void {
    const { threads } = this.#options;
    while (this.#waiting.length > 0 && (this.#idle.length > 0 || this.#started < threads)) {
      this.#begin(this.#idle.pop() ?? this.#startThread(), this.#waiting.shift()!);
    }
  }

  #startThread(): PoolWorker {
    this.#started += 1;
    const worker = this.#options.start();
    // One that ends while nothing runs on it is not there for the next task.
    worker.on('error', () => {});
    worker.once('exit', () => {
      const place = this.#idle.indexOf(worker);
      if (place < 0) return;
      this.#idle.splice(place, 1);
      this.#started -= 1;
    });
    return worker;
  }

  #begin(worker: PoolWorker, { task, moved, signal, resolve, reject }: Job<T, R>): void {
    const { timeoutMs } = this.#options;
    const release = (isUsable: boolean) => {
      clearTimeout(timer);
      worker.off('message', onAnswer).off('error', onError).off('exit', onExit);
      signal?.removeEventListener('abort', onAbort);
      if (isUsable) {
        worker.unref();
        this.#idle.push(worker);
      } else {
        this.#started -= 1;
        void worker.terminate();
      }
      this.#startNext();
    };
    const onAnswer = (answer: ThreadAnswer<R>) => {
      release(true);
      if ('result' in answer) resolve(answer.result);
      else reject(errorOf(answer.failure));
    };
    const onError = (error: unknown) => {
      release(false);
      reject(error);
    };
    const onExit = (code: number) => onError(new Error(`the thread ended with ${code}`));
    const onAbort = () => onError(canceled());
    const timer = setTimeout(() => onError(new TaskTimeout(timeoutMs)), timeoutMs);
    worker.ref();
    worker.once('message', onAnswer).once('error', onError).once('exit', onExit);
    signal?.addEventListener('abort', onAbort, { once: true });
    worker.postMessage(task, [...moved]);
  }
}

/** A task took too long and was ended. */
export class TaskTimeout extends Error {
  override readonly name = 'TaskTimeout';

  constructor(timeoutMs: number) {
    super(`it took more than ${timeoutMs} ms`);
  }
}

function errorOf({ code, message }: { code: ErrorCode | undefined; message: string }): Error {
  return code === undefined ? new Error(message) : new UniCellError(code, message);
}

function canceled(): UniCellError {
  return new UniCellError('CANCELED', 'The caller gave up.');
}
