import type { Route } from '../datasets/routing.ts';
import { UniCellError } from '../errors.ts';
import type { Region, Size } from '../image/source.ts';
import { selectWindows, type WindowList, type WindowPlan } from '../tiling/plan-windows.ts';
import type { DetectOptions } from './options.ts';

/**
 * The windows that the regions asked for need: those whose core they touch, or come nearer to than the
 * match radius. So a nucleus at the edge of a region is settled against its neighbours beyond.
 *
 * @param mpp Micrometres per pixel of the level.
 * @throws {UniCellError} `INVALID_OPTIONS` when all regions lie outside the image.
 */
export function windowsToRun(
  plan: WindowPlan,
  mpp: number,
  routes: readonly Route[],
  regions: DetectOptions['regions'],
): WindowList {
  if (regions === undefined) {
    return plan;
  }
  const { level } = plan;
  if (!regions.touches({ x: 0, y: 0, ...level }, level)) {
    throw new UniCellError(
      'INVALID_OPTIONS',
      'No region asked for lies within the picture. Regions are polygons in pixels of the picture at full resolution, from (0, 0) at its top left corner.',
    );
  }
  const radiiUm = routes.map(({ dataset }) => dataset.matchRadiusUm);
  const reachPx = Math.ceil(Math.max(...radiiUm) / mpp);
  return selectWindows(plan, plan, ({ core }) =>
    regions.touches(grown(core, reachPx, level), level),
  );
}

function grown({ x, y, width, height }: Region, byPx: number, level: Size): Region {
  const left = Math.max(0, x - byPx);
  const top = Math.max(0, y - byPx);
  return {
    x: left,
    y: top,
    width: Math.min(level.width, x + width + byPx) - left,
    height: Math.min(level.height, y + height + byPx) - top,
  };
}
