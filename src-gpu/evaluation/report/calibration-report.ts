/**
 * What a dataset's scores are worth as probabilities.
 *
 * @module
 */
import type { AnalysedImage } from '../../../shared/analysis/analysed-image.ts';
import {
  type Calibration,
  calibrated,
  fitSlopeAndOffset,
  fitTemperature,
  type Reliability,
  reliability,
} from '../../../shared/analysis/calibration.ts';
import { type Outcome, outcomesOf } from '../../../shared/analysis/outcomes.ts';

/** One way to make scores probabilities, fitted on the val split by likelihood whatever split is reported. */
export interface FittedCalibration extends Calibration {
  /** What it does to a score, for people. */
  readonly name: string;
  /** Of the calibrated scores. */
  readonly reliability: Reliability;
  /** What it makes of the card's threshold. */
  readonly thresholdProbability: number;
}

export interface CalibrationReport {
  /** Of the scores as they are. */
  readonly before: Reliability;
  /** A temperature, and a slope with an offset; those that could be fitted. */
  readonly fitted: readonly FittedCalibration[];
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
): CalibrationReport {
  const outcomes = pictures.flatMap(outcomesOf);
  const ways = waysOf(val.flatMap(outcomesOf));
  return {
    before: reliability(outcomes),
    fitted: ways.map((way) => ({
      ...way,
      reliability: reliability(
        outcomes.map((one) => ({ ...one, score: calibrated(one.score, way) })),
      ),
      thresholdProbability: calibrated(threshold, way),
    })),
  };
}

function waysOf(outcomes: readonly Outcome[]): (Calibration & { readonly name: string })[] {
  const temperature = fitTemperature(outcomes);
  const both = fitSlopeAndOffset(outcomes);
  return [
    ...(temperature === undefined
      ? []
      : [{ name: `temperature ${temperature.toFixed(2)}`, slope: 1 / temperature, offset: 0 }]),
    ...(both === undefined
      ? []
      : [{ name: `slope ${both.slope.toFixed(2)}, offset ${both.offset.toFixed(2)}`, ...both }]),
  ];
}
