/**
 * One tile through the model, in one of two ways: whole, resized as the authors do, for their model; in
 * windows at the model's resolution for any other.
 *
 * @module
 */
import { DatasetRun } from '../detect/dataset-run.ts';
import type { Preparation } from '../detect/prepare.ts';
import { runWindows } from '../detect/run-windows.ts';
import type { ModelCard } from '../engine/card.ts';
import type { Engine } from '../engine/engine.ts';
import { UniCellError } from '../errors.ts';
import { windowWriter } from '../image/normalise.ts';
import type { Raster } from '../image/raster.ts';
import { RasterSource } from '../image/raster-source.ts';
import { sizeAtMpp } from '../image/resolution.ts';
import type { Region } from '../image/source.ts';
import { planWindows } from '../tiling/plan-windows.ts';
import { resizeBilinear } from './bilinear.ts';
import { inputSize } from './input-size.ts';
import type { OfficialRun } from './official-run.ts';

/**
 * Runs the model on a tile and gives what it found to the runs, whose datasets share the tile.
 *
 * @returns The number of windows that the model saw.
 */
export type RunTile = (
  pixels: Raster,
  tile: Region,
  runs: readonly OfficialRun[],
) => Promise<number>;

/** The authors' way: the whole tile is one window. The tile fits, see {@link requireFit}. */
export function wholeTiles(engine: Engine): RunTile {
  const { normalisation } = engine.card;
  return async (pixels, tile, runs) => {
    const size = inputSize(tile);
    const tensor = new Float32Array(3 * size.width * size.height);
    windowWriter(normalisation, size)(resizeBilinear(pixels, size), tensor, 0);
    const ids = runs.map((run) => run.route.dataset.id);
    const outputs = await engine.run(tensor, 1, ids, size);
    for (const [i, run] of runs.entries()) {
      run.addOutputs(outputs[i], tile, size);
    }
    return 1;
  };
}

/**
 * The tile as an image of its own: what the model does with any image, and nothing beyond the border
 * of the tile is seen or merged.
 */
export function windowedTiles(engine: Engine, { options, mpp }: Preparation): RunTile {
  const { card } = engine;
  return async (pixels, tile, runs) => {
    const level = sizeAtMpp(tile, mpp.value, card.mpp);
    const plan = planWindows(level, card.window);
    const parts = runs.map(
      ({ route, threshold }) => new DatasetRun(route, level, card.mpp, { threshold }),
    );
    const { batch, signal } = options;
    await runWindows(new RasterSource(pixels), plan, parts, engine, {
      batch,
      signal,
      onWindows: () => {},
    });
    for (const [i, run] of runs.entries()) {
      run.addNuclei(parts[i]!.finish(tile).nuclei, tile);
      run.saturatedWindows += parts[i]!.saturatedWindows;
    }
    return plan.count;
  };
}

/**
 * Checks that the graph of the authors' model takes the tiles. Where its input has one size, a tile of another
 * one cannot be padded to it: the model sees the padding, and what it finds changes.
 *
 * @throws {UniCellError} `IMAGE_UNSUPPORTED`.
 */
export function requireFit(tiles: readonly Region[], { id, window }: ModelCard): void {
  if (window.anySize) return;
  for (const tile of tiles) {
    const { width, height } = inputSize(tile);
    if (width !== window.width || height !== window.height) {
      throw new UniCellError(
        'IMAGE_UNSUPPORTED',
        `Under the official protocol the picture has a tile of ${tile.width} x ${tile.height} pixels, which the authors' model sees as ${width} x ${height}; the graphs of ${id} take ${window.width} x ${window.height} only. Use the default protocol, or convert the checkpoint again.`,
      );
    }
  }
}
