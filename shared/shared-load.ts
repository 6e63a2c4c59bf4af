/**
 * Work that several may wait for, and that ends when nobody does any more.
 *
 * @module
 */
import { throwIfCanceled } from './cancel.ts';

export class SharedLoad<T> {
  /** What comes of it; a failure is told to those who wait. */
  readonly result: Promise<T>;
  readonly #stop = new AbortController();
  #isSettled = false;
  #waiting = 0;

  /** @param load Is called soon; its signal is aborted when all who waited have left. */
  constructor(load: (signal: AbortSignal) => Promise<T>) {
    const settle = () => {
      this.#isSettled = true;
    };
    this.result = Promise.resolve().then(() => load(this.#stop.signal));
    this.result.then(settle, settle);
  }

  /** Whether everybody has left before the end: nothing comes of it. */
  get isAbandoned(): boolean {
    return this.#stop.signal.aborted;
  }

  /**
   * Waits for the result.
   *
   * @throws {UniCellError} `CANCELED` as soon as `signal` is aborted, and what the work throws.
   */
  async wait(signal?: AbortSignal): Promise<T> {
    this.#waiting++;
    try {
      return await untilAborted(this.result, signal);
    } finally {
      this.#waiting--;
      if (this.#waiting === 0 && !this.#isSettled) this.#stop.abort();
    }
  }
}

/**
 * The result of some work, or `CANCELED` as soon as nobody wants it: also of work that cannot be stopped, such
 * as a disk that hangs.
 *
 * @throws {UniCellError} `CANCELED`, and what the work throws.
 */
export function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const leave = () => {
      try {
        throwIfCanceled(signal);
      } catch (error) {
        reject(error);
      }
    };
    leave();
    signal.addEventListener('abort', leave, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
  });
}
