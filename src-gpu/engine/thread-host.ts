/**
 * The engine host over the threads of a model: it decides what they run next and keeps them busy.
 *
 * @module
 */
import type { ModelCard } from '../../shared/engine/card.ts';
import type { Engine, EngineFeed, WindowOutputs } from '../../shared/engine/engine.ts';
import { requireWindows } from '../../shared/engine/graph-engine.ts';
import { UniCellError } from '../../shared/errors.ts';
import { BatchQueue, type BatchRules, type QueuedRun } from './batch-queue.ts';
import { dealOutputs, gatherWindows, joinOutputs, sharedFloats } from './batch-tensor.ts';
import type { EngineHost, EngineStats, Priority } from './engine-host.ts';
import type { ModelThread } from './model-thread.ts';
import type { Provider } from './native-engine.ts';

export interface ThreadHostOptions extends BatchRules {
  readonly card: ModelCard;
  readonly provider: Provider;
  readonly providerNote: string | undefined;
  /** Interactive runs that may wait; more are refused. */
  readonly maxQueued: number;
  /** Runs that a thread holds at a time: with a second one it need not wait for this thread's answer. */
  readonly runsInThread: number;
  /** Starts another thread when one has crashed. */
  readonly restart: () => Promise<ModelThread>;
}

/** A run that waits, and who waits for it. */
interface WaitingRun extends QueuedRun {
  readonly windows: Float32Array;
  resolve(outputs: WindowOutputs[]): void;
  reject(error: unknown): void;
}

export class ThreadHost implements EngineHost {
  readonly card: ModelCard;
  readonly provider: Provider;
  readonly providerNote: string | undefined;
  readonly #options: ThreadHostOptions;
  readonly #queue: BatchQueue<WaitingRun>;
  readonly #startedMs = performance.now();
  /** How many threads there are when all are well. */
  readonly #sessions: number;
  /** Those that run, and how many runs each has. */
  readonly #threads = new Map<ModelThread, number>();
  #hasRestarted = false;
  #failure: UniCellError | undefined;
  #isClosing = false;
  #underWay = 0;
  #timer: NodeJS.Timeout | undefined;
  #onIdle: (() => void) | undefined;
  #windows = 0;
  #batches = 0;
  #busySeconds = 0;

  /** @param threads At least one; all with the same model. */
  constructor(threads: readonly ModelThread[], options: ThreadHostOptions) {
    this.card = options.card;
    this.provider = options.provider;
    this.providerNote = options.providerNote;
    this.#options = options;
    this.#queue = new BatchQueue(options);
    this.#sessions = threads.length;
    for (const thread of threads) this.#use(thread);
  }

  get failure(): string | undefined {
    return this.#failure?.message;
  }

  engine(priority: Priority): Engine {
    const { maxBatch, runsInThread } = this.#options;
    const feed: EngineFeed = {
      batch: maxBatch,
      runs: this.#sessions * runsInThread + 1,
      allocate: sharedFloats,
    };
    return {
      card: this.card,
      provider: this.provider,
      feed,
      run: (windows, batch, datasets, size = this.card.window) =>
        this.#run({ windows, batch, datasets, size, priority, queuedMs: performance.now() }),
      async close() {},
    };
  }

  stats(): EngineStats {
    return {
      windows: this.#windows,
      batches: this.#batches,
      queued: this.#queue.length,
      busySeconds: this.#busySeconds / this.#sessions,
      upSeconds: (performance.now() - this.#startedMs) / 1000,
    };
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    if (this.#underWay > 0 || this.#queue.length > 0) {
      await new Promise<void>((resolve) => {
        this.#onIdle = resolve;
      });
    }
    await Promise.all([...this.#threads.keys()].map((thread) => thread.close()));
  }

  async #run(run: QueuedRun & { windows: Float32Array }): Promise<WindowOutputs[]> {
    requireWindows(this.card, run.windows, run.batch, run.size);
    this.#requireRoom(run.priority);
    const { maxBatch } = this.#options;
    if (run.batch <= maxBatch) return this.#enqueue(run);
    const floats = run.windows.length / run.batch;
    const parts: Promise<WindowOutputs[]>[] = [];
    for (let from = 0; from < run.batch; from += maxBatch) {
      const to = Math.min(run.batch, from + maxBatch);
      const windows = run.windows.subarray(from * floats, to * floats);
      parts.push(this.#enqueue({ ...run, windows, batch: to - from }));
    }
    return joinOutputs(await Promise.all(parts));
  }

  #requireRoom(priority: Priority): void {
    if (this.#failure) throw this.#failure;
    if (this.#isClosing) {
      throw new UniCellError('ENGINE_FAILED', 'The engine is closing and takes no more windows.');
    }
    const { maxQueued } = this.#options;
    if (priority === 'interactive' && this.#queue.interactive >= maxQueued) {
      throw new UniCellError(
        'OVERLOADED',
        `${maxQueued} requests wait for the model already. Send it again after the time of Retry-After.`,
      );
    }
  }

  #enqueue(run: QueuedRun & { windows: Float32Array }): Promise<WindowOutputs[]> {
    const { promise, resolve, reject } = Promise.withResolvers<WindowOutputs[]>();
    this.#queue.add({ ...run, resolve, reject });
    this.#fill();
    return promise;
  }

  /** Hands batches to the threads until they have enough. */
  #fill(): void {
    clearTimeout(this.#timer);
    for (let thread = this.#free(); thread; thread = this.#free()) {
      const runs = this.#queue.take(performance.now());
      if (runs.length === 0) {
        const waitMs = this.#queue.waitMs(performance.now());
        if (waitMs !== undefined) this.#timer = setTimeout(() => this.#fill(), waitMs);
        break;
      }
      void this.#runTogether(thread, runs);
    }
    if (this.#underWay === 0 && this.#queue.length === 0) this.#onIdle?.();
  }

  /** The thread that has least to do, if it may have more. */
  #free(): ModelThread | undefined {
    const [least] = [...this.#threads].toSorted(([, a], [, b]) => a - b);
    return least && least[1] < this.#options.runsInThread ? least[0] : undefined;
  }

  async #runTogether(thread: ModelThread, runs: readonly WaitingRun[]): Promise<void> {
    const { datasets, size } = runs[0]!;
    const batch = runs.reduce((sum, run) => sum + run.batch, 0);
    this.#underWay += 1;
    this.#count(thread, 1);
    try {
      const windows = gatherWindows(runs);
      const { outputs, seconds } = await thread.run({ windows, batch, datasets, size });
      this.#windows += batch;
      this.#batches += 1;
      this.#busySeconds += seconds;
      const dealt = dealOutputs(outputs, runs);
      for (const [i, run] of runs.entries()) run.resolve(dealt[i]!);
    } catch (error) {
      for (const run of runs) run.reject(error);
    }
    this.#underWay -= 1;
    this.#count(thread, -1);
    this.#fill();
  }

  /** Of a thread that has not crashed meanwhile. */
  #count(thread: ModelThread, change: number): void {
    const runs = this.#threads.get(thread);
    if (runs !== undefined) this.#threads.set(thread, runs + change);
  }

  #use(thread: ModelThread): void {
    this.#threads.set(thread, 0);
    void thread.crashed.then((error) => this.#replace(thread, error));
  }

  /** Puts another thread in the place of one that crashed: once, since what crashes twice will again. */
  async #replace(crashed: ModelThread, error: UniCellError): Promise<void> {
    this.#threads.delete(crashed);
    try {
      if (this.#hasRestarted) throw error;
      this.#hasRestarted = true;
      const thread = await this.#options.restart();
      if (this.#isClosing && this.#queue.length === 0) await thread.close();
      else this.#use(thread);
    } catch (cause) {
      this.#failure = new UniCellError(
        'ENGINE_FAILED',
        `The thread of the model crashed and was not started again: ${error.message} Restart the process.`,
        { cause },
      );
      for (const run of this.#queue.clear()) run.reject(this.#failure);
    }
    this.#fill();
  }
}
