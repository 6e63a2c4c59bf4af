import { detectChunk } from '../../shared/detect/detect-chunk.ts';
import type { Engine } from '../../shared/engine/engine.ts';
import { variantOf } from '../../shared/engine/model-files.ts';
import { UniCellError } from '../../shared/errors.ts';
import type { ImageSource } from '../../shared/image/source.ts';
import type { ChunkNuclei } from '../../shared/nuclei/chunk-nuclei.ts';
import type { ChunkFolder } from './chunk-folder.ts';
import type { ChunkTask, JobPlan } from './job-plan.ts';

/** What a chunk has come to. */
export interface ChunkDone {
  readonly windows: number;
  /** Nuclei of all classes, with the duplicates that are still open: {@link nucleiOf}. */
  readonly nuclei: number;
}

/**
 * Finds the nuclei of one chunk and writes its file.
 *
 * @throws {UniCellError} As `detect`; `CARD_MISMATCH` when the engine's model is not the plan's;
 *   `OUTPUT_UNWRITABLE`.
 */
export async function runChunk(
  folder: ChunkFolder,
  task: ChunkTask,
  source: ImageSource,
  engine: Engine,
  watch: {
    readonly signal?: AbortSignal | undefined;
    /** Called after every batch, with the windows of this chunk done. */
    readonly onWindows?: ((done: number) => void) | undefined;
  } = {},
): Promise<ChunkDone> {
  const { layout } = folder;
  const { plan } = layout;
  requireModel(plan, engine);
  const windows = layout.windows(task);
  const results = await detectChunk(
    source,
    {
      core: layout.chunks.at(task.index).core,
      windows,
      routes: plan.routes,
      options: { threshold: plan.options.threshold, signal: watch.signal },
      onWindows: watch.onWindows,
    },
    engine,
  );
  await folder.put(task, { windows: windows.count, results }, watch.signal);
  return { windows: windows.count, nuclei: nucleiOf(results) };
}

/**
 * The nuclei of a chunk for a progress, of its first dataset: the others read the same cells again, and a sum of
 * readings is a number of nothing.
 */
export function nucleiOf([first]: readonly ChunkNuclei[]): number {
  return first === undefined ? 0 : first.decided.length + first.open.length;
}

/** @throws {UniCellError} `CARD_MISMATCH`. */
function requireModel({ model }: JobPlan, { card }: Engine): void {
  const { trunk, dataset } = variantOf(card, model.precision);
  const fits =
    card.id === model.id &&
    card.version === model.version &&
    model.files.includes(trunk.sha256) &&
    model.files.includes(dataset.sha256);
  if (!fits) {
    throw new UniCellError(
      'CARD_MISMATCH',
      `The job was planned for the model ${model.id} ${model.version} (${model.precision}); this node has ${card.id} ${card.version} with other files. Give all nodes the same model, or start the job anew.`,
    );
  }
}
