/**
 * From an opened slide to the plan of its job.
 *
 * @module
 */

import type { DetectOptions } from '../../shared/detect/options.ts';
import { prepare } from '../../shared/detect/prepare.ts';
import { densityAreaMm2 } from '../../shared/detect/summary.ts';
import { resolutionWarnings } from '../../shared/detect/warnings.ts';
import { windowsToRun } from '../../shared/detect/windows-to-run.ts';
import type { ModelCard } from '../../shared/engine/card.ts';
import { variantOf } from '../../shared/engine/model-files.ts';
import type { Region, Size } from '../../shared/image/source.ts';
import { CHUNK_PX, type ChunkPlan, planChunks } from '../../shared/tiling/plan-chunks.ts';
import type { RegionGeometry } from '../../shared/tiling/region-geometry.ts';
import { regionMask } from '../../shared/tiling/region-mask.ts';
import type { Slide } from '../slides/slide.ts';
import { Bits } from './bits.ts';
import {
  type ChunkTask,
  type JobPlan,
  type JobPlanBody,
  RESULT_VERSION,
  sealPlan,
} from './job-plan.ts';
import { PlanLayout } from './plan-layout.ts';

/** What a plan needs of a tissue mask. */
export interface TissueFilter {
  /** Whether a rectangle of the plane may hold tissue. */
  covers(region: Region, plane: Size): boolean;
  /** Of the whole slide, 0 to 1. */
  readonly fraction: number;
  /** How much of the slide is tissue that lies in a rectangle of the plane, 0 to `fraction`. */
  fractionIn(region: Region, plane: Size): number;
}

/** What a job is asked for, as in `JobOptions`. */
export interface PlanOptions
  extends Pick<DetectOptions, 'dataset' | 'organ' | 'mpp' | 'threshold'> {
  readonly classes?: string | readonly string[] | undefined;
  readonly regions?: readonly RegionGeometry[] | undefined;
}

export interface PlanRequest {
  readonly card: ModelCard;
  /** A key of the card's `variants`. */
  readonly precision: string;
  readonly options: PlanOptions;
  /** What densities are over, and where to look; everywhere when `undefined`. */
  readonly tissue: TissueFilter | undefined;
  /** Look at glass as well. */
  readonly hasGlass?: boolean | undefined;
  /** Side of a chunk's core in pixels of the plane, about. */
  readonly chunkPx?: number | undefined;
}

/**
 * Plans a job: one window plan for the whole slide, cut into chunks, less the windows without tissue and
 * those that no region needs.
 *
 * @throws {UniCellError} As `detect`, before any pixel is run.
 */
export async function planJob(slide: Slide, request: PlanRequest): Promise<JobPlan> {
  return (await layOutJob(slide, request)).plan;
}

/** {@link planJob}, with the geometry that the plan stands for. */
export async function layOutJob(
  slide: Slide,
  request: PlanRequest,
  signal?: AbortSignal,
): Promise<PlanLayout> {
  const { card, precision, options, tissue, hasGlass = false, chunkPx = CHUNK_PX } = request;
  const { organ, threshold, regions } = options;
  const classes = typeof options.classes === 'string' ? [options.classes] : options.classes;
  const asked = { ...options, classes, regions: undefined };
  const { routes, image, mpp, headerMpp, windows } = prepare(slide, asked, card);
  const { trunk, dataset } = variantOf(card, precision);
  const { level: plane } = windows;
  const chunks = planChunks(windows, chunkPx);
  const filter = regions && regionMask(regions, image);
  const wanted = Bits.of(windows.count, indicesOf(windowsToRun(windows, card.mpp, routes, filter)));
  const isTissue = (core: Region) => tissue?.covers(core, plane) ?? true;
  const tasks = layOut(
    chunks,
    (index, core) => wanted.has(index) && (hasGlass || isTissue(core)),
    // Only where densities are over tissue: see `densityAreaMm2`.
    filter || !tissue?.fraction ? undefined : (core) => tissue.fractionIn(core, plane),
  );
  const body: JobPlanBody = {
    resultVersion: RESULT_VERSION,
    fingerprint: await slide.fingerprint(signal),
    reader: slide.reader,
    image,
    bounds: slide.bounds ?? null,
    mpp,
    model: {
      id: card.id,
      version: card.version,
      precision,
      files: [trunk, trunk.externalData, dataset, dataset.externalData].flatMap((file) =>
        file === undefined ? [] : [file.sha256],
      ),
    },
    plane,
    planeMpp: card.mpp,
    window: card.window,
    chunkPx,
    routes,
    options: { organ, threshold, classes, regions },
    tissueFraction: tissue?.fraction ?? null,
    areaMm2: densityAreaMm2(image, mpp.value, { regions: filter, tissue }),
    chunks: tasks,
    warnings: [
      ...slide.warnings,
      ...resolutionWarnings(mpp, headerMpp, card.mpp),
      ...(tasks.length === 0 ? [NO_TISSUE] : []),
    ],
  };
  return new PlanLayout(sealPlan(body, slide.dicom), chunks);
}

const NO_TISSUE = {
  code: 'NO_TISSUE',
  detail:
    'No tissue was found where nuclei were asked for, so the model looked at nothing. Leave the tissue mask out (tissue: none) to look everywhere.',
};

/** Deals out the windows that are to be run. */
function layOut(
  chunks: ChunkPlan,
  isWanted: (index: number, core: Region) => boolean,
  tissueIn: ((core: Region) => number) | undefined,
) {
  const tasks: ChunkTask[] = [];
  for (const chunk of chunks) {
    const windows = [...chunks.windowsOf(chunk)];
    const places: number[] = [];
    for (const [place, { index, core }] of windows.entries()) {
      if (isWanted(index, core)) places.push(place);
    }
    if (places.length === 0) continue;
    const tissue = tissueIn && { tissueFraction: tissueIn(chunk.core) };
    const task = { index: chunk.index, windows: places.length, ...tissue };
    const isWhole = places.length === windows.length;
    tasks.push(isWhole ? task : { ...task, some: `${Bits.of(windows.length, places)}` });
  }
  return tasks;
}

function* indicesOf(windows: Iterable<{ readonly index: number }>): Generator<number> {
  for (const { index } of windows) yield index;
}
