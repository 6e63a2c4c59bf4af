/**
 * What a dataset's scores are worth as probabilities.
 *
 * @module
 */
import type { AnalysedImage } from '../../shared/analysis/analysed-image.ts';
import {
  fitTemperature,
  type Reliability,
  reliability,
  tempered,
} from '../../shared/analysis/calibration.ts';
import { outcomesOf } from '../../shared/analysis/outcomes.ts';

export interface CalibrationReport {
  /** Fitted on the val split by likelihood, whatever split is reported. */
  readonly temperature: number;
  /** Of the scores as they are. */
  readonly before: Reliability;
  /** Of the scores with the temperature. */
  readonly after: Reliability;
  /** The probability that the temperature makes of the card's threshold. */
  readonly thresholdProbability: number;
}

/**
 * @param pictures Of the split that is reported.
 * @param val Of the val split.
 * @param threshold Of the card.
 */
export function calibrationReport(
  pictures: readonly AnalysedImage[],
  val: readonly AnalysedImage[],
  threshold: number,
): CalibrationReport | undefined {
  const temperature = fitTemperature(val.flatMap(outcomesOf));
  if (temperature === undefined) return undefined;
  const outcomes = pictures.flatMap(outcomesOf);
  const after = outcomes.map((one) => ({ ...one, score: tempered(one.score, temperature) }));
  return {
    temperature,
    before: reliability(outcomes),
    after: reliability(after),
    thresholdProbability: tempered(threshold, temperature),
  };
}
