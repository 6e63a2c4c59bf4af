/**
 * Counts the requests of each caller in windows of time that follow each other. Callers are as many as
 * keys.
 */
export class RateWindow {
  readonly #limit: number;
  readonly #windowMs: number;
  readonly #counts = new Map<string, number>();
  #window = 0;

  constructor(limit: number, windowS: number) {
    this.#limit = limit;
    this.#windowMs = windowS * 1000;
  }

  /** Counts a request; refused ones count too. */
  admit(callerId: string): boolean {
    const window = Math.floor(Date.now() / this.#windowMs);
    if (window !== this.#window) this.#counts.clear();
    this.#window = window;
    const count = (this.#counts.get(callerId) ?? 0) + 1;
    this.#counts.set(callerId, count);
    return count <= this.#limit;
  }
}
