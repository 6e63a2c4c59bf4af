/**
 * How a process gets its model.
 *
 * @module
 */
import { availableParallelism } from 'node:os';
import { UniCellError } from '../../shared/errors.ts';
import type { EngineHost } from './engine-host.ts';
import { type ModelThread, startModelThread } from './model-thread.ts';
import { checkModel, type NativeModel, type Provider } from './native-engine.ts';
import { chooseProvider, cudaUnavailable } from './provider/choose-provider.ts';
import type { ProviderChoice } from './provider/provider-choice.ts';
import { ThreadHost } from './thread-host.ts';

/** Which model, on what, and how it is shared. Only `model` must be given. */
export interface EngineHostOptions {
  /** Id of a model that comes with the project, or the path of a model's folder. */
  readonly model: string;
  /** A key of the card's `variants`; `fp32` when left out. */
  readonly precision?: string | undefined;
  /** Execution provider; `auto` when left out: CUDA where it works, the CPU elsewhere. */
  readonly ep?: ProviderChoice | undefined;
  /**
   * Windows in one run of the model, 1 to 256. When left out 32 on CUDA; on the CPU 1 where a run has one
   * thread, and 4 where it has more.
   */
  readonly maxBatch?: number | undefined;
  /** How long an interactive run may wait for others to share its batch, in ms; 2 when left out. */
  readonly queueDelayMs?: number | undefined;
  /** Interactive runs that may wait, before more are refused; 256 when left out. */
  readonly maxQueued?: number | undefined;
  /** CPU threads of all runs together; as many as the machine has cores when left out. */
  readonly threads?: number | undefined;
  /**
   * Runs at the same time, 1 to 64, each with its own copy of the model and its share of the threads. When
   * left out 1 on CUDA; on the CPU one per thread, 4 at most.
   */
  readonly sessions?: number | undefined;
}

const MAX_BATCH = 256;

/**
 * A run does not use several threads well: its layers are small, and all threads wait for the slowest at the end
 * of each. Two runs of one thread each do more, see `vs_python_loop` of `npm run bench:pipeline`. Every copy
 * of the model takes memory, so beyond four the threads are shared out.
 */
const MAX_CPU_SESSIONS = 4;

/**
 * A GPU is fast enough that it would idle while this thread answers, so it always has a second run at hand.
 */
const RUNS_IN_THREAD: Readonly<Record<Provider, number>> = { cpu: 1, cuda: 2 };

/**
 * Loads a model into threads of its own, for everything in this process.
 *
 * @throws {UniCellError} `MODEL_NOT_FOUND`, `CARD_INVALID`, `CARD_MISMATCH`, `INVALID_OPTIONS`;
 *   `CONFIGURATION_INVALID` when CUDA was asked for and cannot run; `ENGINE_FAILED` when ONNX Runtime cannot load
 *   the model.
 *
 * @example
 * const host = await openEngineHost({ model: 'compact' });
 * const detection = await detect(source, { dataset: 'consep' }, host.engine('interactive'));
 * await host.close();
 */
export async function openEngineHost(options: EngineHostOptions): Promise<EngineHost> {
  const { model: id, precision = 'fp32', ep = 'auto' } = options;
  checkNumbers(options);
  const plan = chooseProvider(ep);
  const model = await checkModel(id, { precision, provider: plan.provider });
  const started = await start(model, options, plan.note);
  const { provider, threads } = started.model;
  return new ThreadHost(started.threads, {
    card: model.card,
    provider,
    providerNote: started.note,
    queueDelayMs: options.queueDelayMs ?? 2,
    maxQueued: options.maxQueued ?? 256,
    runsInThread: RUNS_IN_THREAD[provider],
    maxBatch: options.maxBatch ?? suitedBatch(provider, threads),
    restart: () => startModelThread(started.model),
  });
}

interface Started {
  readonly threads: readonly ModelThread[];
  readonly model: NativeModel;
  readonly note: string | undefined;
}

/** Starts the threads; where CUDA has everything it needs and fails all the same, `auto` takes the CPU. */
async function start(
  checked: NativeModel,
  options: EngineHostOptions,
  note: string | undefined,
): Promise<Started> {
  const { sessions, model } = share(checked, options);
  try {
    return { threads: await startThreads(model, sessions), model, note };
  } catch (error) {
    const isProvider = error instanceof UniCellError && error.code === 'ENGINE_FAILED';
    if (model.provider !== 'cuda' || !isProvider) throw error;
    if (options.ep === 'cuda') throw cudaUnavailable(error.message, error);
    const why = `The model runs on the CPU, because CUDA failed: ${error.message}`;
    return start({ ...checked, provider: 'cpu' }, options, why);
  }
}

/** Shares the machine's threads out between the sessions. */
function share(
  model: NativeModel,
  { threads = availableParallelism(), sessions }: EngineHostOptions,
): { readonly sessions: number; readonly model: NativeModel } {
  const suited = model.provider === 'cpu' ? Math.min(threads, MAX_CPU_SESSIONS) : 1;
  const count = sessions ?? suited;
  return {
    sessions: count,
    model: { ...model, threads: Math.max(1, Math.floor(threads / count)) },
  };
}

/** All or none. */
async function startThreads(model: NativeModel, sessions: number): Promise<ModelThread[]> {
  const starting = Array.from({ length: sessions }, () => startModelThread(model));
  const settled = await Promise.allSettled(starting);
  const threads = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const failed = settled.find((one) => one.status === 'rejected');
  if (failed === undefined) return threads;
  await Promise.all(threads.map((thread) => thread.close()));
  throw failed.reason;
}

function suitedBatch(provider: Provider, threads: number): number {
  if (provider === 'cuda') return 32;
  return threads > 1 ? 4 : 1;
}

function checkNumbers(options: EngineHostOptions): void {
  const { maxBatch, queueDelayMs, maxQueued, threads, sessions } = options;
  requireInteger('maxBatch', maxBatch, 1, MAX_BATCH);
  requireInteger('queueDelayMs', queueDelayMs, 0, 1000);
  requireInteger('maxQueued', maxQueued, 0, 1e6);
  requireInteger('threads', threads, 1, 256);
  requireInteger('sessions', sessions, 1, 64);
}

function requireInteger(name: string, value: number | undefined, from: number, to: number): void {
  if (value === undefined || (Number.isInteger(value) && value >= from && value <= to)) return;
  throw new UniCellError(
    'INVALID_OPTIONS',
    `${name} is ${value}; it must be a whole number from ${from} to ${to}.`,
  );
}
