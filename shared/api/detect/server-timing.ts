/** Collects how long the stages of a request took, for the header Server-Timing. */
export class ServerTiming {
  readonly #now: () => number;
  readonly #stages: string[] = [];
  #last: number;

  /** @param now Milliseconds of a clock. */
  constructor(now: () => number) {
    this.#now = now;
    this.#last = now();
  }

  /** Ends a stage: the time since the one before is its. */
  mark(stage: string): void {
    const time = this.#now();
    this.#stages.push(`${stage};dur=${(time - this.#last).toFixed(1)}`);
    this.#last = time;
  }

  get header(): string {
    return this.#stages.join(', ');
  }
}
