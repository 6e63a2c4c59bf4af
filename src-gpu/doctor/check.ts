/** What a check found. Sentences are full ones, for people. */
export interface Finding {
  /** `limited`: it works, and something that is not needed here is missing. `broken`: it does not. */
  readonly status: 'ok' | 'limited' | 'broken';
  readonly detail: string;
  /** What to do about it. */
  readonly fix?: string | undefined;
}

/** One thing that UniCell needs of a machine. A check that throws has found something broken. */
export interface Check {
  readonly id: string;
  run(): Promise<Finding>;
}
