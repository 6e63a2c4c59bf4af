/**
 * Everything that is measured of a model on a split of one dataset.
 *
 * @module
 */
import type { AnalysedImage } from '../../../shared/analysis/analysed-image.ts';
import { atThreshold } from '../../../shared/analysis/analysed-image.ts';
import {
  type ConfusionMatrix,
  confusionMatrix,
} from '../../../shared/analysis/confusion-matrix.ts';
import { scoreGroups } from '../../../shared/analysis/groups.ts';
import { densityStrata, localDensity } from '../../../shared/analysis/local-density.ts';
import { type CurvePoint, scoreCurve } from '../../../shared/analysis/score-curve.ts';
import { SEAM_STRATA, seamDistance } from '../../../shared/analysis/seam-distance.ts';
import { type StratumScore, scoreStrata } from '../../../shared/analysis/strata.ts';
import type { ModelDataset } from '../../../shared/datasets/model-datasets.ts';
import type { ModelCard } from '../../../shared/engine/card.ts';
import { sizeAtMpp } from '../../../shared/image/resolution.ts';
import type { Protocol } from '../../../shared/protocol/protocol.ts';
import type { ScoreIntervals } from '../../../shared/scoring/bootstrap.ts';
import type { Score } from '../../../shared/scoring/score-report.ts';
import { planWindows } from '../../../shared/tiling/plan-windows.ts';
import type { CalibrationReport } from './calibration-report.ts';

/** The lowest score of what is analysed, and the thresholds of the curves. */
const THRESHOLDS: readonly number[] = Array.from({ length: 19 }, (_, i) => (i + 1) / 20);
export const LOWEST_SCORE = THRESHOLDS[0]!;

/** As many strata of density as a few thousand nuclei bear. */
const DENSITY_STRATA = 4;

export interface ReportedImage extends AnalysedImage {
  /** Empty where the data do not say. */
  readonly organ: string;
}

export interface ProtocolScore {
  readonly threshold: number;
  readonly score: Score;
  /** Left out for a single picture. */
  readonly intervals: ScoreIntervals | undefined;
}

/** All but `official` is under the default protocol. */
export interface DatasetReport {
  readonly dataset: string;
  readonly name: string;
  readonly pictures: number;
  /** What must be said beside its scores, full sentences. */
  readonly notes: readonly string[];
  readonly protocols: Readonly<Record<Protocol, ProtocolScore>>;
  /** What the default protocol found, scored by the rules `greedy`. */
  readonly greedy: ProtocolScore;
  /** At the threshold of the default protocol, as the strata. */
  readonly confusion: ConfusionMatrix;
  readonly curve: readonly CurvePoint[];
  /** Empty where the data name no organs. */
  readonly organs: readonly StratumScore[];
  readonly density: readonly StratumScore[];
  readonly seams: readonly StratumScore[];
  readonly calibration: CalibrationReport;
}

/** The parts of a report that come from the nuclei found, whatever their score. */
export function analyse(
  pictures: readonly ReportedImage[],
  dataset: ModelDataset,
  card: ModelCard,
): Pick<DatasetReport, 'confusion' | 'curve' | 'organs' | 'density' | 'seams'> {
  const classes = dataset.classes.map(({ name }) => name);
  const kept = pictures.map((picture) => ({
    ...picture,
    ...atThreshold(picture, dataset.threshold),
    density: localDensity(picture.truth, picture.size, picture.mpp),
  }));
  const densities = kept.flatMap(({ truth, density }) =>
    Array.from(truth.x, (_, row) => density.ofTruth(row)),
  );
  const named = kept.filter(({ organ }) => organ !== '');
  return {
    confusion: confusionMatrix(kept, classes),
    curve: scoreCurve(pictures, classes, THRESHOLDS),
    organs: scoreGroups(named, classes, ({ organ }) => organ),
    density:
      densities.length === 0
        ? []
        : scoreStrata(
            kept,
            classes,
            densityStrata(densities, DENSITY_STRATA),
            ({ density }) => density,
          ),
    seams: scoreStrata(kept, classes, SEAM_STRATA, ({ truth, size, mpp }) => {
      const windows = planWindows(sizeAtMpp(size, mpp, card.mpp), card.window);
      return seamDistance(truth, windows, size, mpp);
    }),
  };
}
