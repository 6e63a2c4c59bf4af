/**
 * One run at a time: an isolate has one thread and 128 MB. A few requests wait, the next are refused.
 *
 * @module
 */

import { UniCellError } from '../../shared/errors.ts';

export interface RunQueueSettings {
  /** Requests that may wait. */
  readonly places: number;
  /** How long one waits at most, and after how long a run counts as lost with its request. */
  readonly waitMs: number;
}

export class RunQueue {
  readonly #settings: RunQueueSettings;
  readonly #waiting: (() => void)[] = [];
  #isRunning = false;
  #startedMs = 0;

  constructor(settings: RunQueueSettings) {
    this.#settings = settings;
  }

  /**
   * Runs a task when it is its turn.
   *
   * @throws {UniCellError} `OVERLOADED` when the queue is full, or the wait too long.
   */
  async run<T>(task: () => Promise<T>): Promise<T> {
    await this.#enter();
    try {
      return await task();
    } finally {
      this.#leave();
    }
  }

  async #enter(): Promise<void> {
    const { places, waitMs } = this.#settings;
    // The runtime ends a request whose client has gone, and then nobody leaves for it.
    const isLost = this.#isRunning && Date.now() - this.#startedMs > 3 * waitMs;
    if (this.#isRunning && !isLost) {
      if (this.#waiting.length >= places)
        throw overloaded(`${places} requests are waiting already`);
      await this.#wait(waitMs);
    }
    this.#isRunning = true;
    this.#startedMs = Date.now();
  }

  #wait(waitMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const enter = () => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(enter), 1);
        reject(overloaded(`it has waited ${waitMs} ms`));
      }, waitMs);
      this.#waiting.push(enter);
    });
  }

  /** Hands the turn on; `#isRunning` stays, so that nobody slips in between. */
  #leave(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#isRunning = false;
  }
}

function overloaded(why: string): UniCellError {
  return new UniCellError(
    'OVERLOADED',
    `The request was refused because ${why}. Send it again after the time of Retry-After.`,
  );
}
