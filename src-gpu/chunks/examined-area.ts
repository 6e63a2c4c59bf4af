/**
 * What the densities of a job are over when chunks have no result.
 *
 * @module
 */
import { areaMm2 as imageAreaMm2 } from '../../shared/detect/summary.ts';
import { regionsArea } from '../../shared/tiling/region-area.ts';
import type { JobPlan } from './job-plan.ts';
import { gridChunks } from './plan-layout.ts';

/** Of the area, what is left by rounding when all of it is taken away. */
const ROUNDING = 1e-6;

/**
 * The part of a plan's `areaMm2` that was examined, in square millimetres: all of it but what lies in chunks without a
 * result. 0 when nothing was examined.
 *
 * @param missing Chunks without a result.
 */
export function examinedAreaMm2(plan: JobPlan, missing: readonly number[]): number {
  const { image, mpp, areaMm2 } = plan;
  if (missing.length === 0) return areaMm2;
  // Glass that regions take in is in no chunk, and alone it says nothing of them.
  if (missing.length >= plan.chunks.length) return 0;
  const shareIn = shareOf(plan);
  const lost = missing.reduce((sum, index) => sum + shareIn(index), 0);
  const left = areaMm2 - lost * imageAreaMm2(image, mpp.value);
  return left > ROUNDING * areaMm2 ? left : 0;
}

/** How much of the slide is area of a chunk that densities are over. */
function shareOf(plan: JobPlan): (index: number) => number {
  const { image, plane, options, tissueFraction } = plan;
  const chunks = gridChunks(plan);
  const { regions } = options;
  const [sx, sy] = [image.width / plane.width, image.height / plane.height];
  if (regions) {
    return (index) => {
      const { core } = chunks.at(index);
      const part = {
        x: core.x * sx,
        y: core.y * sy,
        width: core.width * sx,
        height: core.height * sy,
      };
      return regionsArea(regions, image, part) / (image.width * image.height);
    };
  }
  if (tissueFraction) {
    const found = new Map(plan.chunks.map((task) => [task.index, task.tissueFraction ?? 0]));
    return (index) => found.get(index)!;
  }
  return (index) => {
    const { core } = chunks.at(index);
    return (core.width * core.height) / (plane.width * plane.height);
  };
}
