import { isLevelSize, ROUNDING_PX } from '../pyramid/level-size.ts';
import type { OmeLevel, OmeMultiscale } from './ome-metadata.ts';
import { type LevelArray, sideOf } from './zarr-level.ts';

type PlainLevel = Omit<LevelArray, 'channels'>;

/**
 * Whether a level shows what the finest shows, smaller: by the numbers of pixels, by the scales, and not moved by
 * more than a pixel of its own.
 */
export function isLevelOf(
  { axes, levels }: OmeMultiscale,
  finest: PlainLevel,
  described: OmeLevel,
  level: PlainLevel,
): boolean {
  const [first] = levels;
  const sizeOf = (one: PlainLevel) => ({ width: sideOf(one, 'x'), height: sideOf(one, 'y') });
  const isAlike = (['x', 'y'] as const).every((axis) => {
    const i = axes.indexOf(axis);
    const [fine, coarse] = [first!.scale?.[i], described.scale?.[i]];
    if (fine === undefined || coarse === undefined) return true;
    const isOfScale =
      Math.abs((sideOf(finest, axis) * fine) / coarse - sideOf(level, axis)) <= ROUNDING_PX;
    const moved = (described.translation?.[i] ?? 0) - (first!.translation?.[i] ?? 0);
    return isOfScale && Math.abs(moved) <= coarse;
  });
  const hasChannels = sideOf(level, 'c') === sideOf(finest, 'c');
  return isAlike && hasChannels && isLevelSize(sizeOf(finest), sizeOf(level));
}
