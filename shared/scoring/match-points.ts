/**
 * Which prediction stands for which true nucleus: the assignment over all points, then the cut at the
 * radius (UniCell, AAAI 2024; spec section 13.5).
 *
 * @module
 */
import { UniCellError } from '../errors.ts';
import { type AssignmentOptions, assignPoints } from './assignment.ts';
import type { Points } from './labelled-points.ts';

/**
 * The match radius in pixels of an image.
 *
 * @param radiusUm Micrometres; the paper's 6 pixels at 0.5 um per pixel are 3.
 * @param mpp Micrometres per pixel of the image.
 * @throws {UniCellError} `MPP_INVALID` or `INVALID_OPTIONS` when one of them is not a positive number.
 */
export function matchRadiusPx(radiusUm: number, mpp: number): number {
  if (!(radiusUm > 0 && radiusUm < Infinity)) {
    throw new UniCellError(
      'INVALID_OPTIONS',
      `The match radius is ${radiusUm} um; it must be a positive number.`,
    );
  }
  if (!(mpp > 0 && mpp < Infinity)) {
    throw new UniCellError(
      'MPP_INVALID',
      `The resolution is ${mpp} um per pixel; it must be a positive number.`,
    );
  }
  return radiusUm / mpp;
}

/**
 * Pairs truth and predictions of one image. The assignment is not gated: it is made on all distances,
 * and a pair farther apart than the radius is then dropped, both ends staying unpaired.
 *
 * @param radiusPx A pair at exactly this distance counts.
 * @returns For every true nucleus the index of its prediction, or -1.
 * @throws {UniCellError} `SCORE_TOO_LARGE`, see {@link assignPoints}.
 */
export function matchPoints(
  truth: Points,
  predictions: Points,
  radiusPx: number,
  options?: AssignmentOptions,
): Int32Array {
  const partners = assignPoints(truth, predictions, options);
  for (let i = 0; i < partners.length; i++) {
    const j = partners[i]!;
    if (j < 0) continue;
    const dx = truth.x[i]! - predictions.x[j]!;
    const dy = truth.y[i]! - predictions.y[j]!;
    if (Math.sqrt(dx * dx + dy * dy) > radiusPx) partners[i] = -1;
  }
  return partners;
}
