/**
 * The geometry that a plan stands for.
 *
 * @module
 */
import type { Region, Size } from '../../shared/image/source.ts';
import { type ChunkPlan, planChunks } from '../../shared/tiling/plan-chunks.ts';
import {
  planWindows,
  selectWindows,
  type WindowList,
  type WindowShape,
} from '../../shared/tiling/plan-windows.ts';
import { Bits } from './bits.ts';
import type { ChunkFrame } from './chunk-file.ts';
import type { ChunkTask, JobPlan } from './job-plan.ts';

/** What is enough to know where the chunks of a slide lie. */
export interface ChunkGrid {
  readonly image: Size;
  readonly plane: Size;
  readonly window: WindowShape;
  readonly chunkPx: number;
}

/** All chunks of a slide, also those without windows to run. */
export function gridChunks({ plane, window, chunkPx }: ChunkGrid): ChunkPlan {
  return planChunks(planWindows(plane, window), chunkPx);
}

/** The part of the slide that a chunk covers, in whole pixels of level 0. */
export function chunkRectangle(
  grid: ChunkGrid,
  index: number,
  chunks: ChunkPlan = gridChunks(grid),
): Region {
  const { core } = chunks.at(index);
  const sx = grid.image.width / grid.plane.width;
  const sy = grid.image.height / grid.plane.height;
  const x = Math.floor(core.x * sx);
  const y = Math.floor(core.y * sy);
  return {
    x,
    y,
    width: Math.min(grid.image.width, Math.ceil((core.x + core.width) * sx)) - x,
    height: Math.min(grid.image.height, Math.ceil((core.y + core.height) * sy)) - y,
  };
}

/** Chunks under a box `x0, y0, x1, y1` in pixels of level 0, in order. */
export function chunksUnderBox(
  grid: ChunkGrid,
  [x0, y0, x1, y1]: readonly [number, number, number, number],
  chunks: ChunkPlan = gridChunks(grid),
): number[] {
  const sx = grid.plane.width / grid.image.width;
  const sy = grid.plane.height / grid.image.height;
  // A pixel more on each side: coordinates were rounded on their way to level 0.
  const box = {
    x: x0 * sx - 1,
    y: y0 * sy - 1,
    width: (x1 - x0) * sx + 2,
    height: (y1 - y0) * sy + 2,
  };
  return chunks.chunksUnder(box).map(({ index }) => index);
}

/** A plan with its geometry worked out. */
export class PlanLayout {
  readonly plan: JobPlan;
  readonly chunks: ChunkPlan;
  /** The chunks that have windows to run, by index. */
  readonly tasks: ReadonlyMap<number, ChunkTask>;
  /** Factors that take coordinates from the plane to level 0. */
  readonly scale: { readonly x: number; readonly y: number };

  /** @param chunks Those of the plan, where they are known. */
  constructor(plan: JobPlan, chunks: ChunkPlan = gridChunks(plan)) {
    const { image, plane } = plan;
    this.plan = plan;
    this.chunks = chunks;
    this.tasks = new Map(plan.chunks.map((task) => [task.index, task]));
    this.scale = { x: image.width / plane.width, y: image.height / plane.height };
  }

  /** What the file of a chunk must fit. */
  frame({ index, windows }: ChunkTask): ChunkFrame {
    const { planHash, plane, routes } = this.plan;
    return {
      planHash,
      index,
      core: this.chunks.at(index).core,
      plane,
      windows,
      datasets: routes.map(({ dataset: { id, classes } }) => ({ id, classes: classes.length })),
    };
  }

  /** The windows of a chunk that are run. */
  windows({ index, some }: ChunkTask): WindowList {
    const bits = some === undefined ? undefined : Bits.parse(some);
    let place = 0;
    return selectWindows(
      this.chunks.windows,
      this.chunks.windowsOf(this.chunks.at(index)),
      () => bits?.has(place++) ?? true,
    );
  }

  /** Suppression radius of a dataset, in pixels of the plane. */
  radiusPx(dataset: number): number {
    return this.plan.routes[dataset]!.dataset.suppressionRadiusUm / this.plan.planeMpp;
  }
}
