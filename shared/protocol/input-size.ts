import type { Size } from '../image/source.ts';

/** The short and the long side that the authors resize to (their configuration's scale). */
const SHORT_PX = 800;
const LONG_PX = 1333;

/**
 * The size that a tile has for the official model: its sides keep their ratio, the short one becomes 800
 * unless the long one would exceed 1333; each is rounded by itself, halves up (spec section 2). Points go
 * back by `size.width / tile.width` and `size.height / tile.height`, which may differ a little.
 */
export function inputSize(tile: Size): Size {
  const longest = Math.max(tile.width, tile.height);
  const shortest = Math.min(tile.width, tile.height);
  const scale = Math.min(LONG_PX / longest, SHORT_PX / shortest);
  return {
    width: Math.floor(tile.width * scale + 0.5),
    height: Math.floor(tile.height * scale + 0.5),
  };
}
