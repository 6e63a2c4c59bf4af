import { bootstrapIntervals } from '../scoring/bootstrap.ts';
import { type ScoredImage, scoreImages } from '../scoring/score-images.ts';
import type { StratumScore } from './strata.ts';

/**
 * Scores groups of images, by the rules of the default mode.
 *
 * @param groupOf Name of an image's group.
 * @returns In the order of the names.
 */
export function scoreGroups<T extends ScoredImage>(
  images: readonly T[],
  classes: readonly string[],
  groupOf: (image: T) => string,
): StratumScore[] {
  const names = [...new Set(images.map(groupOf))].sort();
  return names.map((name) => {
    const own = images.filter((image) => groupOf(image) === name);
    const report = scoreImages(own, classes);
    const { images: _each, mode: _rules, ...score } = report;
    return { name, score, intervals: bootstrapIntervals(report) };
  });
}
