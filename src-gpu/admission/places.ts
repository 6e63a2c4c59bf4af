/**
 * Places for requests: some run, some wait, the next are refused.
 *
 * @module
 */
import { UniCellError } from '../../shared/errors.ts';

export interface PlacesSettings {
  /** Tasks that run at once. */
  readonly running: number;
  /** Tasks that may wait. */
  readonly waiting: number;
  /** How long one waits at most. */
  readonly waitMs: number;
}

export class Places {
  readonly #settings: PlacesSettings;
  readonly #waiting = new Set<() => void>();
  #running = 0;

  constructor(settings: PlacesSettings) {
    this.#settings = settings;
  }

  /** Tasks that run. */
  get running(): number {
    return this.#running;
  }

  /** Tasks that wait. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /**
   * Runs a task when there is a place, in the order of arrival.
   *
   * @throws {UniCellError} `OVERLOADED` when too many wait, or the wait is too long.
   */
  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.#running < this.#settings.running) this.#running += 1;
    else await this.#wait();
    try {
      return await task();
    } finally {
      this.#leave();
    }
  }

  /** Resolves with a place that somebody else has left. */
  #wait(): Promise<void> {
    const { waiting, waitMs } = this.#settings;
    if (this.#waiting.size >= waiting) {
      throw overloaded(`${this.#waiting.size} requests are waiting already`);
    }
    return new Promise((resolve, reject) => {
      const enter = () => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        this.#waiting.delete(enter);
        reject(overloaded(`it has waited ${waitMs} ms`));
      }, waitMs);
      this.#waiting.add(enter);
    });
  }

  /** Hands the place on, so that nobody slips in between. */
  #leave(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#running -= 1;
      return;
    }
    this.#waiting.delete(next);
    next();
  }
}

/** How many requests each caller has under way. */
export class CallerPlaces {
  readonly #limit: number;
  readonly #code: 'OVERLOADED' | 'RATE_LIMITED';
  readonly #counts = new Map<string, number>();

  /**
   * @param limit Requests of one caller at once.
   * @param code Of the refusal: the service is full, or the caller asks for too much.
   */
  constructor(limit: number, code: 'OVERLOADED' | 'RATE_LIMITED' = 'OVERLOADED') {
    this.#limit = limit;
    this.#code = code;
  }

  /**
   * @returns Gives the place back.
   * @throws {UniCellError} With the code.
   */
  occupy(callerId: string): () => void {
    const count = this.#counts.get(callerId) ?? 0;
    if (count >= this.#limit) {
      throw refused(this.#code, `the key ${callerId} has ${count} requests under way`);
    }
    this.#counts.set(callerId, count + 1);
    return () => {
      const left = this.#counts.get(callerId)! - 1;
      if (left > 0) this.#counts.set(callerId, left);
      else this.#counts.delete(callerId);
    };
  }
}

function overloaded(why: string): UniCellError {
  return refused('OVERLOADED', why);
}

function refused(code: 'OVERLOADED' | 'RATE_LIMITED', why: string): UniCellError {
  return new UniCellError(
    code,
    `The request was refused because ${why}. Send it again after the time of Retry-After.`,
  );
}
