/**
 * An image whose detections are analysed: with everything the model found down to a low score, so that
 * what it would say at any threshold is known from one run.
 *
 * @module
 */
import type { Size } from '../image/source.ts';
import type { Nuclei } from '../nuclei/nuclei.ts';
import { rowsWhere, takeNuclei } from '../nuclei/select.ts';
import type { LabelledPoints } from '../scoring/labelled-points.ts';
import type { ScoredImage } from '../scoring/score-images.ts';

export interface AnalysedImage {
  readonly id: string;
  /** In pixels of the image. */
  readonly size: Size;
  /** Micrometres per pixel of the image. */
  readonly mpp: number;
  readonly truth: LabelledPoints;
  /** Found at the lowest score; suppression never lets a nucleus drop a surer one, so more of them hide none. */
  readonly found: Nuclei;
  /** Match radius in pixels of the image. */
  readonly radiusPx: number;
}

/** What is kept of an image at a threshold: what `detect` returns there. */
export function atThreshold(
  { id, truth, found, radiusPx }: AnalysedImage,
  threshold: number,
): ScoredImage {
  const rows = rowsWhere(found.length, (row) => found.score[row]! >= threshold);
  return { id, truth, predictions: takeNuclei(found, rows), radiusPx };
}
