/**
 * Scores predictions against truth, picture by picture and over all of them.
 *
 * @module
 */
import { UniCellError } from '../errors.ts';
import { type Box, checkBox, pointsOutside } from './ignored-boxes.ts';
import { checkPoints, type LabelledPoints } from './labelled-points.ts';
import { type ScoreMode, scoreRules } from './score-mode.ts';
import { reportOf, type ScoreReport } from './score-report.ts';
import { Tally } from './tally.ts';

/** One picture to score. */
export interface ScoredImage {
  readonly id: string;
  readonly truth: LabelledPoints;
  readonly predictions: LabelledPoints;
  /** Match radius in pixels of this picture, see `matchRadiusPx`. */
  readonly radiusPx: number;
  /** Where nothing is scored, in pixels of this picture: nuclei and predictions there are dropped. */
  readonly ignored?: readonly Box[];
}

export interface ScoreOptions {
  /** By default `default`. */
  readonly mode?: ScoreMode;
  /**
   * Distance evaluations that all pictures together may take, estimated before any is made. Without it only a
   * single assignment that takes minutes is given up.
   */
  readonly maxWork?: number | undefined;
}

/**
 * Detection and classification scores as UniCell's evaluation defines them (spec section 13.5), or by other
 * rules (`ScoreMode`): counts are summed over the pictures, then scored. What each number means: docs/scoring.md.
 *
 * @param classes Class names in head order.
 * @throws {UniCellError} `POINTS_INVALID` naming picture and index of a bad point or box, `SCORE_MISMATCH` when
 *   a picture comes twice, `INVALID_OPTIONS` for a radius that is not positive or an unknown mode,
 *   `SCORE_TOO_LARGE` when truth and predictions are large and do not lie on each other.
 *
 * @example
 * const report = scoreImages([{ id: 'a.png', truth, predictions, radiusPx: 6 }], ['epithelial', 'stromal']);
 * console.log(report.fd, report.fc);
 */
export function scoreImages(
  images: Iterable<ScoredImage>,
  classes: readonly string[],
  { mode = 'default', maxWork }: ScoreOptions = {},
): ScoreReport {
  const rules = scoreRules(mode);
  let left = maxWork;
  const tallies = new Map<string, Tally>();
  for (const image of images) {
    check(image, classes, tallies);
    const { ignored = [] } = image;
    const truth = rules.substitute(pointsOutside(image.truth, ignored));
    const predictions = rules.substitute(pointsOutside(image.predictions, ignored));
    const tally = new Tally(classes.length);
    if (left !== undefined) left -= rules.work(truth, predictions, left);
    if (left !== undefined && left < 0) throw tooMuchWork(image, maxWork! - left, maxWork!);
    rules.count(tally, truth, predictions, image.radiusPx, maxWork);
    tallies.set(image.id, tally);
  }
  return reportOf(tallies, classes, mode);
}

/** Work grows with the square of the points at least where the sets do not lie on each other. */
function tooMuchWork(
  { id, truth, predictions }: ScoredImage,
  work: number,
  maxWork: number,
): UniCellError {
  const [n, m] = [truth.x.length, predictions.x.length];
  const fits = Math.floor(Math.min(n, m) * Math.sqrt(maxWork / work));
  return new UniCellError(
    'SCORE_TOO_LARGE',
    `Up to picture "${id}" (${n} true nuclei, ${m} predictions) the score would take about ${work.toExponential(1)} distance evaluations; ${maxWork.toExponential(1)} are allowed here. ` +
      `Of points that lie like these about ${fits} on each side would fit. Check that both sides are in pixels of the same picture, or score smaller regions, in several requests or with the command \`unicell score\`.`,
  );
}

function check(
  image: ScoredImage,
  classes: readonly string[],
  seen: ReadonlyMap<string, Tally>,
): void {
  const { id, truth, predictions, radiusPx, ignored = [] } = image;
  if (seen.has(id)) {
    throw new UniCellError(
      'SCORE_MISMATCH',
      `Picture "${id}" comes twice; each picture is scored once.`,
    );
  }
  if (!(radiusPx > 0 && radiusPx < Infinity)) {
    throw new UniCellError(
      'INVALID_OPTIONS',
      `The match radius of picture "${id}" is ${radiusPx} pixels; it must be a positive number.`,
    );
  }
  checkPoints(truth, classes.length, `true nuclei of "${id}"`);
  checkPoints(predictions, classes.length, `predictions of "${id}"`);
  for (const [i, box] of ignored.entries()) checkBox(box, `Ignored box ${i} of "${id}"`);
}
