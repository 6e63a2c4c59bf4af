/** What must be closed in the end, in the order opposite to that of opening. */
export class Cleanup {
  readonly #steps: (() => Promise<unknown>)[] = [];
  readonly #report: (error: unknown) => void;

  /** @param report Hears of a step that failed; the others are done all the same. */
  constructor(report: (error: unknown) => void) {
    this.#report = report;
  }

  add(step: () => Promise<unknown>): void {
    this.#steps.push(step);
  }

  /** Does every step once. */
  async run(): Promise<void> {
    for (let step = this.#steps.pop(); step; step = this.#steps.pop()) {
      await step().catch(this.#report);
    }
  }
}
