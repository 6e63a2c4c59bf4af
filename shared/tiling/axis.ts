/**
 * Windows along one axis of a level: as few as give every interior border its halo, evenly spread.
 *
 * @module
 */

/** The windows of one axis, computed on demand. */
export interface AxisPlan {
  readonly count: number;
  /** First pixel of window `index`. */
  position(index: number): number;
  /** First pixel of the core of window `index`; `coreStart(count)` is the size of the level. */
  coreStart(index: number): number;
}

/**
 * Plans one axis. Neighbours overlap by at least `2 * haloPx`, and their cores meet in the middle of
 * the overlap, so every core keeps at least `haloPx` of context inside its window.
 *
 * @param size Pixels of the level along the axis, at least 1.
 * @param window Pixels of a window, more than `2 * haloPx`.
 */
export function planAxis(size: number, window: number, haloPx: number): AxisPlan {
  const spread = Math.max(0, size - window);
  const count = 1 + Math.ceil(spread / (window - 2 * haloPx));
  const position = (index: number) =>
    count === 1 ? 0 : Math.floor((index * spread) / (count - 1));
  const coreStart = (index: number) => {
    if (index === 0 || index === count) {
      return index === 0 ? 0 : size;
    }
    return Math.floor((position(index - 1) + window + position(index)) / 2);
  };
  return { count, position, coreStart };
}
