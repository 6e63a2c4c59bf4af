/**
 * The engine host over one model thread: it decides what the thread runs next and keeps it busy.
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
  /** Runs that the thread holds at a time: with a second one it need not wait for this thread's answer. */
  readonly runsInThread: number;
  /** Starts another thread when the first has crashed. */
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
  /** `undefined` while another thread is being started. */
  #thread: ModelThread | undefined;
  #hasRestarted = false;
  #failure: UniCellError | undefined;
  #isClosing = false;
  #underWay = 0;
  #timer: NodeJS.Timeout | undefined;
  #onIdle: (() => void) | undefined;
  #windows = 0;
  #batches = 0;
  #busySeconds = 0;

  constructor(thread: ModelThread, options: ThreadHostOptions) {
    this.card = options.card;
    this.provider = options.provider;
    this.providerNote = options.providerNote;
    this.#options = options;
    this.#queue = new BatchQueue(options);
    this.#use(thread);
  }

  get failure(): string | undefined {
    return this.#failure?.message;
  }

  engine(priority: Priority): Engine {
    const { maxBatch, runsInThread } = this.#options;
    const feed: EngineFeed = {
      batch: maxBatch,
      runs: runsInThread + 1,
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
      busySeconds: this.#busySeconds,
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
    await this.#thread?.close();
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

  /** Hands batches to the thread until it has enough. */
  #fill(): void {
    clearTimeout(this.#timer);
    while (this.#thread && this.#underWay < this.#options.runsInThread) {
      const runs = this.#queue.take(performance.now());
      if (runs.length === 0) {
        const waitMs = this.#queue.waitMs(performance.now());
        if (waitMs !== undefined) this.#timer = setTimeout(() => this.#fill(), waitMs);
        break;
      }
      void this.#runTogether(this.#thread, runs);
    }
    if (this.#underWay === 0 && this.#queue.length === 0) this.#onIdle?.();
  }

  async #runTogether(thread: ModelThread, runs: readonly WaitingRun[]): Promise<void> {
    const { datasets, size } = runs[0]!;
    const batch = runs.reduce((sum, run) => sum + run.batch, 0);
    this.#underWay += 1;
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
    this.#fill();
  }

  #use(thread: ModelThread): void {
    this.#thread = thread;
    void thread.crashed.then((error) => this.#replace(error));
  }

  /** Puts another thread in the place of one that crashed: once, since what crashes twice will again. */
  async #replace(error: UniCellError): Promise<void> {
    this.#thread = undefined;
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
