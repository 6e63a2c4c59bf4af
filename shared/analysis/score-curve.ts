import { scoreImages } from '../scoring/score-images.ts';
import type { Score } from '../scoring/score-report.ts';
import { type AnalysedImage, atThreshold } from './analysed-image.ts';

/** What the scores are when nuclei of at least this score are kept. */
export interface CurvePoint extends Score {
  readonly threshold: number;
}

/**
 * Scores over the threshold: each point is what `scoreImages` gives for the nuclei that are kept there,
 * assigned anew. Since the assignment has no gate, recall may fall a little where more is kept.
 *
 * @param images With everything found down to the lowest of the thresholds.
 * @param thresholds In the order of the result.
 * @throws {UniCellError} As `scoreImages`.
 */
export function scoreCurve(
  images: readonly AnalysedImage[],
  classes: readonly string[],
  thresholds: readonly number[],
): CurvePoint[] {
  return thresholds.map((threshold) => {
    const {
      images: _each,
      mode: _rules,
      ...score
    } = scoreImages(
      images.map((image) => atThreshold(image, threshold)),
      classes,
    );
    return { threshold, ...score };
  });
}
