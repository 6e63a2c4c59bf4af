/**
 * The output of the official model for one tile, as the authors' code reads it (spec section 11).
 *
 * @module
 */
import type { WindowOutputs } from '../engine/engine.ts';
import { UniCellError } from '../errors.ts';
import type { Region, Size } from '../image/source.ts';
import type { NucleiBuilder } from '../nuclei/builder.ts';

/** Pairs of query and class that are kept per tile. */
export const MAX_PAIRS = 300;

/**
 * Adds the nuclei of a tile: of all pairs of query and class the 300 surest, those with a score *above* the
 * threshold. A query may come twice, with two classes, and nothing is suppressed. Arithmetic is in 32 bits,
 * as the authors'.
 *
 * @param outputs Of one window.
 * @param tile Where the tile lies in the image.
 * @param input The size that the tile had for the model.
 * @param into Gets the nuclei, in pixels of the image.
 * @returns Whether more pairs than 300 were above the threshold, so that nuclei were left out.
 * @throws {UniCellError} `MODEL_OUTPUT_INVALID` when a logit or a point is not finite.
 */
export function decodeTile(
  { dataset, classes, logits, points }: WindowOutputs,
  tile: Region,
  input: Size,
  threshold: number,
  into: NucleiBuilder,
): boolean {
  if (!(logits.every(Number.isFinite) && points.every(Number.isFinite))) {
    throw new UniCellError(
      'MODEL_OUTPUT_INVALID',
      `The model's output for "${dataset}" cannot be used: a value is not finite. Check its graph against its card.`,
    );
  }
  const scores = logits.map((logit) => 1 / (1 + Math.exp(-logit)));
  const above = [...scores.keys()].filter((pair) => scores[pair]! > threshold);
  // The sort is stable: of equal scores the first query comes first.
  const kept = above.sort((a, b) => scores[b]! - scores[a]!).slice(0, MAX_PAIRS);
  for (const pair of kept) {
    const query = Math.floor(pair / classes);
    const x = back(points[2 * query]!, input.width, tile.width);
    const y = back(points[2 * query + 1]!, input.height, tile.height);
    into.push(x + tile.x, y + tile.y, pair % classes, scores[pair]!);
  }
  return above.length > MAX_PAIRS;
}

/** A normalised coordinate in pixels of the tile. */
function back(point: number, inputSize: number, tileSize: number): number {
  const pixels = Math.min(inputSize, Math.max(0, Math.fround(point * inputSize)));
  return Math.fround(pixels / Math.fround(inputSize / tileSize));
}
