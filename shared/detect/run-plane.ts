/**
 * Windows of one plane through the model.
 *
 * @module
 */
import { throwIfCanceled } from '../cancel.ts';
import type { Engine } from '../engine/engine.ts';
import type { ImageSource } from '../image/source.ts';
import type { WindowList } from '../tiling/plan-windows.ts';
import type { DatasetRun } from './dataset-run.ts';
import { readBatches } from './read-batches.ts';

/** How to run the windows of a plane. */
export interface RunOptions {
  /** Windows per run of the model. */
  readonly batch: number;
  readonly signal: AbortSignal | undefined;
  /** Called after every batch, with the windows of this plane done. */
  readonly onWindows: (done: number) => void;
}

/**
 * Reads windows in batches, the next while the model runs, and gives the outputs to the runs.
 * All datasets share a run of the model.
 *
 * @param runs One per dataset.
 * @throws {UniCellError} `CANCELED`, `MODEL_OUTPUT_INVALID`, and what the source and the engine throw.
 */
export async function runPlane(
  source: ImageSource,
  plan: WindowList,
  runs: readonly DatasetRun[],
  engine: Engine,
  { batch, signal, onWindows }: RunOptions,
): Promise<void> {
  const { window, normalisation } = engine.card;
  const ids = runs.map((run) => run.route.dataset.id);
  let done = 0;
  const batches = readBatches({ source, plan, window, normalisation, batch, signal });
  for await (const { windows, tensor } of batches) {
    throwIfCanceled(signal);
    const outputs = await engine.run(tensor, windows.length, ids);
    for (const [i, run] of runs.entries()) {
      run.add(outputs[i], windows);
    }
    done += windows.length;
    onWindows(done);
  }
  throwIfCanceled(signal);
}
