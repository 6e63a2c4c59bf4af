/**
 * The path from a prepared image to its nuclei.
 *
 * @module
 */
import type { Engine } from '../engine/engine.ts';
import { UniCellError } from '../errors.ts';
import type { ImageSource, Size } from '../image/source.ts';
import { DatasetRun } from './dataset-run.ts';
import { densityParts } from './density-parts.ts';
import type { DatasetResult, Detection } from './detection.ts';
import type { Preparation } from './prepare.ts';
import { countsAll, type Found, resolutionDoubt } from './resolution-doubt.ts';
import { runWindows } from './run-windows.ts';
import { areaMm2, densityAreaMm2 } from './summary.ts';
import { datasetWarnings, resolutionWarnings } from './warnings.ts';
import { windowsToRun } from './windows-to-run.ts';

/**
 * Finds and names the nuclei of an image whose request has been prepared, as `detect` does: what was found out
 * before the pixels were there is not found out again.
 *
 * @param preparation Of this image and for this model.
 * @throws {UniCellError} `IMAGE_UNREADABLE` when the pixels are not as many as the header said; else as `detect`.
 */
export async function detectPrepared(
  source: ImageSource,
  { options, card, routes, image, mpp, headerMpp, windows: plan }: Preparation,
  engine: Engine,
): Promise<Detection> {
  requireSize(source, image);
  const { level } = plan;
  const windows = windowsToRun(plan, card.mpp, routes, options.regions);
  const runs = routes.map((route) => new DatasetRun(route, level, card.mpp, options));

  options.onProgress?.(0, windows.count);
  await runWindows(source, windows, runs, engine, {
    batch: options.batch,
    signal: options.signal,
    onWindows: (done) => options.onProgress?.(done, windows.count),
  });

  const results = runs.map((run) => run.finish(image));
  const area = densityAreaMm2(image, mpp.value, await densityParts(source, mpp.value, options));
  return {
    image,
    mpp,
    level,
    protocol: 'default',
    model: { id: card.id, version: card.version, provider: engine.provider },
    windows: windows.count,
    areaMm2: area,
    imageAreaMm2: areaMm2(image, mpp.value),
    classes: options.classes,
    results,
    warnings: [
      ...resolutionWarnings(mpp, headerMpp, card.mpp),
      ...runs.flatMap((run) => datasetWarnings(run, options, windows.count)),
      ...(countsAll(options)
        ? await resolutionDoubt(
            source,
            { ...mostOf(results, mpp.value, area), windows: windows.count },
            engine,
            options.signal,
          )
        : []),
    ],
  };
}

/** What the dataset found that found most. */
function mostOf(
  results: readonly DatasetResult[],
  mpp: number,
  areaMm2: number,
): Omit<Found, 'windows'> {
  const most = results.reduce((a, b) => (b.nuclei.length > a.nuclei.length ? b : a));
  return { mpp, areaMm2, count: most.nuclei.length, dataset: most.dataset };
}

function requireSize(source: Size, said: Size): void {
  if (source.width === said.width && source.height === said.height) return;
  throw new UniCellError(
    'IMAGE_UNREADABLE',
    `The header of the picture says ${said.width} x ${said.height} pixels and it holds ${source.width} x ${source.height}. Export it again.`,
  );
}
