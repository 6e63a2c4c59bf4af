/**
 * The one path of both tiers: from an image to its nuclei.
 *
 * @module
 */
import type { Engine } from '../engine/engine.ts';
import { sizeAtMpp } from '../image/resolution.ts';
import type { ImageSource } from '../image/source.ts';
import { planWindows } from '../tiling/plan-windows.ts';
import { DatasetRun } from './dataset-run.ts';
import type { Detection } from './detection.ts';
import type { DetectOptions } from './options.ts';
import { prepare } from './prepare.ts';
import { runWindows } from './run-windows.ts';
import { seenAreaMm2 } from './summary.ts';
import { datasetWarnings, resolutionWarnings } from './warnings.ts';
import { windowsToRun } from './windows-to-run.ts';

/**
 * Finds and names the nuclei of an image.
 *
 * Windows are read and run in batches, the next being read while the model runs; all datasets of a
 * batch share one run, so the trunk is paid once. Memory does not depend on the number of windows,
 * except for the nuclei. The result depends on the image, the model, the resolution, the threshold,
 * the classes and the regions, and not on the batch.
 *
 * @param source The image; coordinates are its pixels at full resolution.
 * @param engine The loaded model; it stays open.
 * @throws {UniCellError} `INVALID_OPTIONS`, `DATASET_UNKNOWN`, `DATASET_NOT_IN_MODEL`, `MPP_UNKNOWN`,
 * `MPP_INVALID`, `IMAGE_UNREADABLE`, `CARD_MISMATCH`, `MODEL_OUTPUT_INVALID` or
 * `CANCELED`; and what the source and the engine throw.
 * @example
 * const { results } = await detect(new RasterSource(raster, 0.25), { dataset: 'consep' }, engine);
 * console.log(results[0].nuclei.length);
 */
export async function detect(
  source: ImageSource,
  options: DetectOptions,
  engine: Engine,
): Promise<Detection> {
  const { card } = engine;
  const { options: checked, routes, image, mpp } = prepare(source, options, card);
  const level = sizeAtMpp(image, mpp.value, card.mpp);
  const plan = planWindows(level, card.window);
  const windows = windowsToRun(plan, card.mpp, routes, checked.regions);
  let seenPx = 0;
  for (const { core } of windows) seenPx += core.width * core.height;
  const runs = routes.map((route) => new DatasetRun(route, level, card.mpp, checked));

  checked.onProgress?.(0, windows.count);
  await runWindows(source, windows, runs, engine, {
    batch: checked.batch,
    signal: checked.signal,
    onWindows: (done) => checked.onProgress?.(done, windows.count),
  });

  return {
    image,
    mpp,
    level,
    protocol: 'default',
    model: { id: card.id, version: card.version, provider: engine.provider },
    windows: windows.count,
    areaMm2: seenAreaMm2(image, mpp.value, level, seenPx),
    results: runs.map((run) => run.finish(image)),
    warnings: [
      ...resolutionWarnings(mpp, source.mpp, card.mpp),
      ...runs.flatMap((run) => datasetWarnings(run, checked, windows.count)),
    ],
  };
}
