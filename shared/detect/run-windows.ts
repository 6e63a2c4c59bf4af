/**
 * Windows of one level through the model.
 *
 * @module
 */
import { throwIfCanceled } from '../cancel.ts';
import type { Route } from '../datasets/routing.ts';
import type { Engine, WindowOutputs } from '../engine/engine.ts';
import type { ImageSource } from '../image/source.ts';
import type { PlannedWindow, WindowList } from '../tiling/plan-windows.ts';
import { readBatches } from './read-batches.ts';

/** What becomes of the outputs of one dataset. */
export interface OutputTaker {
  readonly route: Route;
  /**
   * @param outputs Of the windows, in their order.
   * @throws {UniCellError} `MODEL_OUTPUT_INVALID`.
   */
  add(outputs: WindowOutputs | undefined, windows: readonly PlannedWindow[]): void;
}

/** How to run the windows of a level. */
export interface RunOptions {
  /** Windows per run of the model; what suits the engine when `undefined`. */
  readonly batch: number | undefined;
  readonly signal: AbortSignal | undefined;
  /** Called after every batch, with the windows of this level done. */
  readonly onWindows: (done: number) => void;
}

/** For engines that do not say what suits them. */
const DEFAULT_BATCH = 4;

/**
 * Reads windows in batches, runs the model on them and gives the outputs to the runs. Three things go on at
 * once: the next batch is read, as many runs as the engine asks for are under way, and the outputs of the
 * run before are merged. All datasets share a run of the model.
 *
 * @param runs One per dataset.
 * @throws {UniCellError} `CANCELED`, `MODEL_OUTPUT_INVALID`, and what the source and the engine throw.
 */
export async function runWindows(
  source: ImageSource,
  plan: WindowList,
  runs: readonly OutputTaker[],
  engine: Engine,
  { batch, signal, onWindows }: RunOptions,
): Promise<void> {
  const { card, feed } = engine;
  const ids = runs.map((run) => run.route.dataset.id);
  const kept = feed?.runs ?? 1;
  const batches = readBatches({
    source,
    plan,
    window: card.window,
    mpp: card.mpp,
    normalisation: card.normalisation,
    batch: batch ?? feed?.batch ?? DEFAULT_BATCH,
    kept,
    allocate: feed?.allocate ?? ((floats) => new Float32Array(floats)),
    signal,
  });
  const underWay: RunningBatch[] = [];
  let done = 0;
  const mergeFirst = async () => {
    throwIfCanceled(signal);
    const { windows, outputs } = underWay[0]!;
    const found = await outputs;
    underWay.shift();
    for (const [i, run] of runs.entries()) {
      run.add(found[i], windows);
    }
    done += windows.length;
    onWindows(done);
  };
  try {
    for await (const { windows, tensor } of batches) {
      throwIfCanceled(signal);
      const outputs = engine.run(tensor, windows.length, ids);
      // Whoever awaits the run sees its failure; until then it must not count as unhandled.
      outputs.catch(() => {});
      underWay.push({ windows, outputs });
      if (underWay.length === kept) await mergeFirst();
    }
    while (underWay.length > 0) await mergeFirst();
  } finally {
    // The engine reads their tensors until they end, also when nobody wants them any more.
    await Promise.allSettled(underWay.map(({ outputs }) => outputs));
  }
  throwIfCanceled(signal);
}

/** Some windows that the model is looking at. */
interface RunningBatch {
  readonly windows: readonly PlannedWindow[];
  readonly outputs: Promise<readonly WindowOutputs[]>;
}
