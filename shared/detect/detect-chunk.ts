/**
 * One piece of a slide on the same path as a whole image.
 *
 * @module
 */
import type { Route } from '../datasets/routing.ts';
import type { Engine } from '../engine/engine.ts';
import type { ImageSource, Region } from '../image/source.ts';
import type { ChunkNuclei } from '../nuclei/chunk-nuclei.ts';
import type { WindowList } from '../tiling/plan-windows.ts';
import { DatasetRun } from './dataset-run.ts';
import type { DetectOptions } from './options.ts';
import { runWindows } from './run-windows.ts';

/** A piece of work: some windows of one plan, and the union of the cores of all there are. */
export interface ChunkRequest {
  readonly core: Region;
  /** Those to run; of a chunk at the edge of the tissue not all. */
  readonly windows: WindowList;
  readonly routes: readonly Route[];
  readonly options: Pick<DetectOptions, 'threshold' | 'batch' | 'signal'>;
  /** Called after every batch, with the windows of this chunk done. */
  readonly onWindows?: ((done: number) => void) | undefined;
}

/** What a chunk gave under one dataset, in pixels of the level. */
export interface ChunkDetection extends ChunkNuclei {
  readonly dataset: string;
  readonly saturatedWindows: number;
}

/**
 * Finds the nuclei of one chunk, of all classes. With those of the other chunks they are what `detect`
 * finds in the whole image (`settleOpen`, `joinChunks`, `resultFilter`).
 *
 * @returns One per route.
 * @throws {UniCellError} As `detect`.
 */
export async function detectChunk(
  source: ImageSource,
  { core, windows, routes, options, onWindows }: ChunkRequest,
  engine: Engine,
): Promise<ChunkDetection[]> {
  const { mpp } = engine.card;
  const runs = routes.map((route) => new DatasetRun(route, windows.level, mpp, options));
  await runWindows(source, windows, runs, engine, {
    batch: options.batch,
    signal: options.signal,
    onWindows: (done) => onWindows?.(done),
  });
  return runs.map((run) => ({
    dataset: run.route.dataset.id,
    saturatedWindows: run.saturatedWindows,
    ...run.finishChunk(core),
  }));
}
