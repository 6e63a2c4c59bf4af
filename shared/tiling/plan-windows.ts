/**
 * Which windows the model sees of a level, and which part of each it owns.
 *
 * @module
 */
import { UniCellError } from '../errors.ts';
import type { Region, Size } from '../image/source.ts';
import { type AxisPlan, planAxis } from './axis.ts';

/** What one run of the model sees, as the model card says. */
export interface WindowShape extends Size {
  /** Context at a border that a window does not own, unless the level ends there; in pixels. */
  readonly haloPx: number;
}

/** A window of a plan: a region of the level, with the part of it that it owns. */
export interface PlannedWindow extends Region {
  /** Place in the plan, row by row. */
  readonly index: number;
  /** Pixels whose nuclei belong to this window. The cores of a plan partition its level. */
  readonly core: Region;
}

/** Some windows of a level, computed on demand. */
export interface WindowList extends Iterable<PlannedWindow> {
  readonly level: Size;
  readonly count: number;
  /**
   * @param place From 0 to `count - 1`.
   * @throws {RangeError} when there is no such window.
   */
  at(place: number): PlannedWindow;
}

/** All windows of a level: a plan of a gigapixel is as small as any other. */
export interface WindowPlan extends WindowList {
  readonly columns: number;
  readonly rows: number;
}

/**
 * Plans the windows of a level, row by row. Along each axis it takes the fewest windows whose
 * neighbours overlap by at least twice the halo, spreads them evenly, and lets cores meet in the middle
 * of the overlap. Windows lie inside the level; a level smaller than a window gets one at its top left.
 *
 * @throws {UniCellError} `CARD_INVALID` when the halos leave nothing of the window, `IMAGE_UNREADABLE`
 * when the level has no pixels.
 * @example
 * planWindows({ width: 512, height: 512 }, { width: 256, height: 256, haloPx: 32 }).count; // 9
 */
export function planWindows(level: Size, window: WindowShape): WindowPlan {
  const { width, height, haloPx } = window;
  if (!(haloPx >= 0 && 2 * haloPx < Math.min(width, height))) {
    throw new UniCellError(
      'CARD_INVALID',
      `The window ${width} x ${height} has a halo of ${haloPx} pixels; it must be at least 0 and less than half the window.`,
    );
  }
  if (!isLevel(level)) {
    throw new UniCellError(
      'IMAGE_UNREADABLE',
      `The picture has ${level.width} x ${level.height} pixels; it needs at least 1 x 1.`,
    );
  }
  const x = planAxis(level.width, width, haloPx);
  const y = planAxis(level.height, height, haloPx);
  const count = x.count * y.count;
  const at = (index: number): PlannedWindow => {
    if (!(Number.isInteger(index) && index >= 0 && index < count)) {
      throw new RangeError(`There is no window ${index} in a plan of ${count}.`);
    }
    const column = index % x.count;
    const row = Math.floor(index / x.count);
    return {
      index,
      x: x.position(column),
      y: y.position(row),
      width,
      height,
      core: core(x, column, y, row),
    };
  };
  return { ...windowList(level, count, at), columns: x.count, rows: y.count };
}

/**
 * Those windows of a plan for which `keep` says so, in the order of the plan.
 *
 * @example
 * selectWindows(plan, plan, (window) => mask.touches(window.core, plan.level)).count;
 */
export function selectWindows(
  plan: WindowPlan,
  windows: Iterable<PlannedWindow>,
  keep: (window: PlannedWindow) => boolean,
): WindowList {
  const kept: number[] = [];
  for (const window of windows) {
    if (keep(window)) {
      kept.push(window.index);
    }
  }
  const indices = Uint32Array.from(kept);
  const at = (place: number): PlannedWindow => plan.at(indices[place] ?? -1);
  return windowList(plan.level, indices.length, at);
}

function windowList(level: Size, count: number, at: WindowList['at']): WindowList {
  return {
    level,
    count,
    at,
    *[Symbol.iterator]() {
      for (let place = 0; place < count; place++) {
        yield at(place);
      }
    },
  };
}

function core(x: AxisPlan, column: number, y: AxisPlan, row: number): Region {
  const [left, top] = [x.coreStart(column), y.coreStart(row)];
  return {
    x: left,
    y: top,
    width: x.coreStart(column + 1) - left,
    height: y.coreStart(row + 1) - top,
  };
}

function isLevel({ width, height }: Size): boolean {
  return Number.isSafeInteger(width) && Number.isSafeInteger(height) && width > 0 && height > 0;
}
