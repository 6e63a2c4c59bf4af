/**
 * The one path of both tiers: from a picture to its nuclei.
 *
 * @module
 */
import { throwIfCanceled } from '../cancel.ts';
import { routeDatasets } from '../datasets/routing.ts';
import type { Engine } from '../engine/engine.ts';
import { UniCellError } from '../errors.ts';
import { planeSize, resolveMpp } from '../image/resolution.ts';
import type { ImageSource, Size } from '../image/source.ts';
import { planWindows } from '../tiling/plan-windows.ts';
import { checkClasses } from './class-filter.ts';
import { DatasetRun } from './dataset-run.ts';
import type { Detection } from './detection.ts';
import { checkOptions, type DetectOptions } from './options.ts';
import { readBatches } from './read-batches.ts';
import { datasetWarnings, resolutionWarnings } from './warnings.ts';

/**
 * Finds and names the nuclei of a picture.
 *
 * Windows are read and run in batches, the next being read while the model runs; all datasets of a
 * batch share one run, so the trunk is paid once. Memory does not depend on the number of windows,
 * except for the nuclei. The result depends on the picture, the model, the resolution, the threshold
 * and the classes, and not on the batch.
 *
 * @param source The picture; coordinates are its pixels at full resolution.
 * @param engine The loaded model; it stays open.
 * @throws {UniCellError} `INVALID_OPTIONS`, `DATASET_UNKNOWN`, `DATASET_NOT_IN_MODEL`, `MPP_UNKNOWN`,
 * `MPP_INVALID`, `IMAGE_UNREADABLE`, `IMAGE_TOO_LARGE`, `CARD_MISMATCH`, `MODEL_OUTPUT_INVALID` or
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
  const { batch, signal, onProgress, ...checked } = checkOptions(options);
  const routes = routeDatasets(checked.dataset, card, checked.organ);
  const datasets = routes.map((route) => route.dataset);
  checkClasses(checked.classes, datasets);
  const image = sizeOf(source);
  const mpp = resolveMpp({ request: checked.mpp, header: source.mpp });
  const plane = planeSize(image, mpp.value, card.mpp);
  checkPixels(plane, card.mpp, checked.maxPlanePixels);
  const plan = planWindows(plane, card.window);
  const runs = routes.map((route) => new DatasetRun(route, plane, card.mpp, checked));
  const ids = datasets.map((dataset) => dataset.id);

  let done = 0;
  onProgress?.(done, plan.count);
  const { window, normalisation } = card;
  const batches = readBatches({ source, plan, window, normalisation, batch, signal });
  for await (const { windows, tensor } of batches) {
    throwIfCanceled(signal);
    const outputs = await engine.run(tensor, windows.length, ids);
    for (const [i, run] of runs.entries()) {
      run.add(outputs[i], windows);
    }
    done += windows.length;
    onProgress?.(done, plan.count);
  }
  throwIfCanceled(signal);

  return {
    image,
    mpp,
    plane,
    model: { id: card.id, version: card.version, provider: engine.provider },
    windows: plan.count,
    results: runs.map((run) => run.finish(image)),
    warnings: [
      ...resolutionWarnings(mpp, source.mpp, card.mpp),
      ...runs.flatMap((run) => datasetWarnings(run, checked, plan.count)),
    ],
  };
}

function sizeOf({ width, height }: Size): Size {
  const isWhole = Number.isSafeInteger(width) && Number.isSafeInteger(height);
  if (!isWhole || width < 1 || height < 1) {
    throw new UniCellError(
      'IMAGE_UNREADABLE',
      `The picture has ${width} x ${height} pixels; it needs at least 1 x 1.`,
    );
  }
  return { width, height };
}

function checkPixels(plane: Size, modelMpp: number, maxPlanePixels = Number.POSITIVE_INFINITY) {
  const pixels = plane.width * plane.height;
  if (pixels > maxPlanePixels) {
    throw new UniCellError(
      'IMAGE_TOO_LARGE',
      `The picture has ${plane.width} x ${plane.height} = ${pixels} pixels at the model's ${modelMpp} um per pixel; at most ${maxPlanePixels} are allowed here. Cut it into parts.`,
    );
  }
}
