/**
 * Detection as the authors' scripts do it (spec sections 13.3 and 13.4), beside `detect`.
 *
 * @module
 */
import { throwIfCanceled } from '../cancel.ts';
import { densityParts } from '../detect/density-parts.ts';
import type { Detection, Warning } from '../detect/detection.ts';
import type { DetectOptions } from '../detect/options.ts';
import { prepare } from '../detect/prepare.ts';
import { areaMm2, densityAreaMm2 } from '../detect/summary.ts';
import { datasetWarnings, resolutionWarnings } from '../detect/warnings.ts';
import type { Engine } from '../engine/engine.ts';
import type { ImageSource, Region } from '../image/source.ts';
import { tileLayout } from './layouts.ts';
import { OfficialRun } from './official-run.ts';
import { requireFit, wholeTiles, windowedTiles } from './run-tile.ts';
import { testTiles } from './tiles.ts';

/** A resolution this far from the dataset's is worth a word. */
const FAR = 1.1;

/**
 * Finds and names the nuclei of an image under the official protocol (docs/protocol.md): test tiles of the
 * dataset, cut in pixels as they are stored; no overlap and no merging, so a nucleus on a border may be
 * found twice or not at all; scores above 0.5 unless the options say otherwise. The authors' model sees a
 * tile resized as they do; any other model sees it in windows at its own resolution.
 *
 * @param source, options, engine As for `detect`.
 * @throws {UniCellError} As `detect`, and `IMAGE_UNSUPPORTED` when the authors' model cannot take a tile.
 */
export async function detectOfficial(
  source: ImageSource,
  options: DetectOptions,
  engine: Engine,
): Promise<Detection> {
  const { card } = engine;
  const preparation = prepare(source, options, card);
  const { options: checked, routes, image, mpp, headerMpp, windows: plan } = preparation;
  const { signal, onProgress } = checked;
  const runs = routes.map((route) => new OfficialRun(route, checked));
  const isWhole = card.protocol === 'official';
  const groups = [...new Set(runs.map(nominalPx))].map((px) => {
    const group = runs.filter((run) => nominalPx(run) === px);
    return { group, tiles: testTiles(image, tileLayout(group[0]!.route.dataset.id)) };
  });
  if (isWhole) for (const { tiles } of groups) requireFit(tiles, card);

  const runTile = isWhole ? wholeTiles(engine) : windowedTiles(engine, preparation);
  const total = groups.reduce((sum, { tiles }) => sum + tiles.length, 0);
  let [done, windows] = [0, 0];
  onProgress?.(done, total);
  for (const { group, tiles } of groups) {
    for (const tile of tiles) {
      const seen = await runTile(await readTile(source, tile, signal), tile, group);
      windows += seen;
      for (const run of group) run.windows += seen;
      throwIfCanceled(signal);
      onProgress?.(++done, total);
    }
  }
  return {
    image,
    mpp,
    level: plan.level,
    protocol: 'official',
    model: { id: card.id, version: card.version, provider: engine.provider },
    windows,
    areaMm2: densityAreaMm2(image, mpp.value, await densityParts(source, mpp.value, checked)),
    imageAreaMm2: areaMm2(image, mpp.value),
    classes: checked.classes,
    results: runs.map((run) => run.finish()),
    warnings: [
      ...resolutionWarnings(mpp, headerMpp, isWhole ? mpp.value : card.mpp),
      ...runs.flatMap((run) => nativeWarnings(run, mpp.value)),
      ...runs.flatMap((run) => datasetWarnings(run, checked, run.windows)),
    ],
  };
}

/** Decides on the test tiles; datasets for which they are the same share the runs of the model. */
function nominalPx({ route }: OfficialRun): number {
  return tileLayout(route.dataset.id).nominalPx;
}

async function readTile(
  source: ImageSource,
  { x, y, width, height }: Region,
  signal: AbortSignal | undefined,
) {
  throwIfCanceled(signal);
  try {
    return await source.read({ x, y, width, height }, source, signal);
  } catch (error) {
    // A source may stop with an error of its own when the signal is aborted.
    throwIfCanceled(signal);
    throw error;
  }
}

function nativeWarnings({ route }: OfficialRun, mpp: number): Warning[] {
  const { id, mpp: native } = route.dataset;
  if (Math.max(mpp / native, native / mpp) <= FAR) {
    return [];
  }
  return [
    {
      code: 'MPP_NOT_NATIVE',
      detail: `The official protocol takes pixels as they are stored, ${mpp} um each here; those of ${id} have ${native}. Resample the picture first, or use the default protocol.`,
    },
  ];
}
