/**
 * Who runs next, and with whom.
 *
 * @module
 */
import type { Size } from '../../shared/image/source.ts';
import type { Priority } from './engine-host.ts';

/** Windows that wait for the model. */
export interface QueuedRun {
  readonly batch: number;
  readonly datasets: readonly string[];
  readonly size: Size;
  readonly priority: Priority;
  readonly queuedMs: number;
}

export interface BatchRules {
  /** Windows in one run of the model. */
  readonly maxBatch: number;
  /** How long an interactive run may wait for others to share its batch. */
  readonly queueDelayMs: number;
}

/**
 * Runs in two lanes. Interactive ones come first, and those for the same datasets and window size share a
 * batch. A job's run is always a batch of its own: what a chunk gives must not depend on who else was there,
 * and on CUDA the last bits depend on the batch.
 */
export class BatchQueue<Run extends QueuedRun> {
  readonly #rules: BatchRules;
  readonly #lanes: Record<Priority, Run[]> = { interactive: [], job: [] };

  constructor(rules: BatchRules) {
    this.#rules = rules;
  }

  get length(): number {
    return this.#lanes.interactive.length + this.#lanes.job.length;
  }

  /** Interactive runs that wait. */
  get interactive(): number {
    return this.#lanes.interactive.length;
  }

  /** @param run Of at most `maxBatch` windows. */
  add(run: Run): void {
    this.#lanes[run.priority].push(run);
  }

  /** The runs of the next batch; none when nothing waits, or when waiting may fill the batch. */
  take(nowMs: number): readonly Run[] {
    const { interactive, job } = this.#lanes;
    const [first] = interactive;
    if (first === undefined) return job.splice(0, 1);
    const shared = this.#sharing(first);
    if (job.length === 0 && this.#isWorthWaiting(shared, nowMs)) return [];
    this.#lanes.interactive = interactive.filter((run) => !shared.includes(run));
    return shared;
  }

  /** When `take` should be asked again although nothing new has come, in ms; `undefined` for never. */
  waitMs(nowMs: number): number | undefined {
    const [first] = this.#lanes.interactive;
    return first && Math.max(0, first.queuedMs + this.#rules.queueDelayMs - nowMs);
  }

  /** Takes everything out. */
  clear(): readonly Run[] {
    const { interactive, job } = this.#lanes;
    return [...interactive.splice(0), ...job.splice(0)];
  }

  /** The first run and those behind it that fit into its batch. */
  #sharing(first: Run): Run[] {
    const key = keyOf(first);
    const shared: Run[] = [];
    let windows = 0;
    for (const run of this.#lanes.interactive) {
      if (windows + run.batch <= this.#rules.maxBatch && keyOf(run) === key) {
        shared.push(run);
        windows += run.batch;
      }
    }
    return shared;
  }

  #isWorthWaiting(shared: readonly Run[], nowMs: number): boolean {
    const windows = shared.reduce((sum, run) => sum + run.batch, 0);
    const { maxBatch, queueDelayMs } = this.#rules;
    return windows < maxBatch && nowMs - shared[0]!.queuedMs < queueDelayMs;
  }
}

function keyOf({ datasets, size }: QueuedRun): string {
  return `${size.width}x${size.height} ${datasets.join(' ')}`;
}
