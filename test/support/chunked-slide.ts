/** A small crowded slide, and what it takes to run it in chunks. */
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import type { RegionGeometry } from '../../shared/tiling/region-geometry.ts';
import { openFsBlobStore } from '../../src-gpu/blobs/fs-blob-store.ts';
import { ChunkFolder } from '../../src-gpu/chunks/chunk-folder.ts';
import type { JobPlan } from '../../src-gpu/chunks/job-plan.ts';
import { type PlanOptions, type PlanRequest, planJob } from '../../src-gpu/chunks/plan-job.ts';
import { PlanLayout } from '../../src-gpu/chunks/plan-layout.ts';
import type { Slide } from '../../src-gpu/slides/slide.ts';
import { crowdedImage, unsteadyEngine } from './crowded-image.ts';
import { rasterSlide } from './raster-slide.ts';
import { testCard } from './test-card.ts';

export const card = testCard();
export const engine = unsteadyEngine(card);
export const image = crowdedImage(300, 260);
export const slide = rasterSlide(image, 0.4);
export const options: PlanOptions = { dataset: ['consep', 'ocelot'] };
export const triangle: RegionGeometry = {
  type: 'Polygon',
  coordinates: [
    [
      [30, 20],
      [220, 60],
      [90, 240],
      [30, 20],
    ],
  ],
};

/** The plan of the slide in chunks that are a few windows wide. */
export function planOf(changes: Partial<PlanRequest> = {}, of: Slide = slide): Promise<JobPlan> {
  const request = { card, precision: 'fp32', tissue: undefined, options, chunkPx: 70 };
  return planJob(of, { ...request, ...changes });
}

export interface ChunkWork {
  readonly path: string;
  readonly folder: ChunkFolder;
}

/** A place for the chunks of a plan, below a folder that the caller removes. */
export async function workFor(plan: JobPlan, below: string): Promise<ChunkWork> {
  const path = mkdtempSync(join(below, 'work-'));
  return { path, folder: new ChunkFolder(await openFsBlobStore(path), '', new PlanLayout(plan)) };
}
