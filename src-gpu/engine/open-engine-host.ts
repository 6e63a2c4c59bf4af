/**
 * How a process gets its model.
 *
 * @module
 */
import { UniCellError } from '../../shared/errors.ts';
import type { EngineHost } from './engine-host.ts';
import { type ModelThread, startModelThread } from './model-thread.ts';
import { checkModel, type NativeModel, type Provider } from './native-engine.ts';
import type { ProviderChoice } from './provider/choices.ts';
import { chooseProvider, cudaUnavailable } from './provider/choose.ts';
import { ThreadHost } from './thread-host.ts';

/** Which model, on what, and how it is shared. Only `model` must be given. */
export interface EngineHostOptions {
  /** Id of a model that comes with the project, or the path of a model's folder. */
  readonly model: string;
  /** A key of the card's `variants`; `fp32` when left out. */
  readonly precision?: string | undefined;
  /** Execution provider; `auto` when left out: CUDA where it works, the CPU elsewhere. */
  readonly ep?: ProviderChoice | undefined;
  /** Windows in one run of the model, 1 to 256; 4 on the CPU and 32 on CUDA when left out. */
  readonly maxBatch?: number | undefined;
  /** How long an interactive run may wait for others to share its batch, in ms; 2 when left out. */
  readonly queueDelayMs?: number | undefined;
  /** Interactive runs that may wait, before more are refused; 256 when left out. */
  readonly maxQueued?: number | undefined;
  /** CPU threads of one run; as many as the machine has cores when left out. */
  readonly threads?: number | undefined;
}

const MAX_BATCH = 256;

/**
 * What suits a provider. The CPU gains nothing from large batches, and callers who wait would feel them. A GPU is
 * fast enough that it would idle while this thread answers, so it always has a second run at hand.
 */
const SUITED: Readonly<Record<Provider, { maxBatch: number; runsInThread: number }>> = {
  cpu: { maxBatch: 4, runsInThread: 1 },
  cuda: { maxBatch: 32, runsInThread: 2 },
};

/**
 * Loads a model into a thread of its own, for everything in this process.
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
  const { model: id, precision = 'fp32', ep = 'auto', threads, maxBatch } = options;
  checkNumbers(options);
  const plan = chooseProvider(ep);
  const model = await checkModel(id, { precision, provider: plan.provider, threads });
  const started = await start(model, ep, plan.note);
  const { provider } = started.model;
  return new ThreadHost(started.thread, {
    card: model.card,
    provider,
    providerNote: started.note,
    queueDelayMs: options.queueDelayMs ?? 2,
    maxQueued: options.maxQueued ?? 256,
    runsInThread: SUITED[provider].runsInThread,
    maxBatch: maxBatch ?? SUITED[provider].maxBatch,
    restart: () => startModelThread(started.model),
  });
}

interface Started {
  readonly thread: ModelThread;
  readonly model: NativeModel;
  readonly note: string | undefined;
}

/** Starts the thread; where CUDA has everything it needs and fails all the same, `auto` takes the CPU. */
async function start(
  model: NativeModel,
  ep: ProviderChoice,
  note: string | undefined,
): Promise<Started> {
  try {
    return { thread: await startModelThread(model), model, note };
  } catch (error) {
    const isProvider = error instanceof UniCellError && error.code === 'ENGINE_FAILED';
    if (model.provider !== 'cuda' || !isProvider) throw error;
    if (ep === 'cuda') throw cudaUnavailable(error.message, error);
    const onCpu: NativeModel = { ...model, provider: 'cpu' };
    const why = `The model runs on the CPU, because CUDA failed: ${error.message}`;
    return { thread: await startModelThread(onCpu), model: onCpu, note: why };
  }
}

function checkNumbers({ maxBatch, queueDelayMs, maxQueued, threads }: EngineHostOptions): void {
  requireInteger('maxBatch', maxBatch, 1, MAX_BATCH);
  requireInteger('queueDelayMs', queueDelayMs, 0, 1000);
  requireInteger('maxQueued', maxQueued, 0, 1e6);
  requireInteger('threads', threads, 1, 256);
}

function requireInteger(name: string, value: number | undefined, from: number, to: number): void {
  if (value === undefined || (Number.isInteger(value) && value >= from && value <= to)) return;
  throw new UniCellError(
    'INVALID_OPTIONS',
    `${name} is ${value}; it must be a whole number from ${from} to ${to}.`,
  );
}
