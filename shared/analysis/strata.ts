/**
 * Scores of some nuclei among others: of those in dense tissue, of those near a seam.
 *
 * @module
 */
import { bootstrapIntervals, type ScoreIntervals } from '../scoring/bootstrap.ts';
import type { LabelledPoints } from '../scoring/labelled-points.ts';
import { matchPoints } from '../scoring/match-points.ts';
import type { ScoredImage } from '../scoring/score-images.ts';
import { reportOf, type Score } from '../scoring/score-report.ts';
import { Tally } from '../scoring/tally.ts';

/** The scores of one stratum. */
export interface StratumScore {
  readonly name: string;
  readonly score: Score;
  /** Left out for a single image. */
  readonly intervals: ScoreIntervals | undefined;
}

/** A value of a place by which nuclei are told apart. */
export interface PlaceValue {
  /** Of a true nucleus. */
  ofTruth(row: number): number;
  /** Of any place, in pixels of the image. */
  at(x: number, y: number): number;
}

/** Strata of a value: `names[i]` from `edges[i - 1]` (included) to `edges[i]` (excluded). */
export interface Strata {
  /** Ascending; one fewer than names. */
  readonly edges: readonly number[];
  readonly names: readonly string[];
}

/**
 * Scores each stratum of nuclei. A pair belongs to the stratum of its true nucleus, an unpaired prediction to
 * that of its place; all nuclei of an image are assigned together, as in the score of the whole.
 *
 * @param placesOf What is known of the places of an image.
 * @returns In the order of the strata, by the rules of the default mode.
 */
export function scoreStrata<T extends ScoredImage>(
  images: readonly T[],
  classes: readonly string[],
  { edges, names }: Strata,
  placesOf: (image: T) => PlaceValue,
): StratumScore[] {
  const tallies = names.map(() => new Map<string, Tally>());
  const stratumOf = (value: number) => edges.filter((edge) => value >= edge).length;
  for (const image of images) {
    const { id, truth, predictions, radiusPx } = image;
    const value = placesOf(image);
    const partners = matchPoints(truth, predictions, radiusPx);
    const ofTruth = Array.from(partners, (_, row) => stratumOf(value.ofTruth(row)));
    const ofPrediction = Array.from({ length: predictions.x.length }, (_, row) =>
      stratumOf(value.at(predictions.x[row]!, predictions.y[row]!)),
    );
    for (const [i, j] of partners.entries()) if (j >= 0) ofPrediction[j] = ofTruth[i]!;
    for (const [stratum, byImage] of tallies.entries()) {
      const tally = new Tally(classes.length);
      const inside = (of: readonly number[]) => [...of.keys()].filter((row) => of[row] === stratum);
      const [rows, columns] = [inside(ofTruth), inside(ofPrediction)];
      const place = new Map(columns.map((column, at) => [column, at]));
      const own = Int32Array.from(rows, (row) => place.get(partners[row]!) ?? -1);
      tally.count(take(truth, rows), take(predictions, columns), own);
      byImage.set(id, tally);
    }
  }
  return tallies.map((byImage, stratum) => {
    const { images: each, mode, ...score } = reportOf(byImage, classes, 'default');
    const intervals = bootstrapIntervals({ images: each, mode, classes: score.classes });
    return { name: names[stratum]!, score, intervals };
  });
}

function take({ x, y, class: classes }: LabelledPoints, rows: readonly number[]): LabelledPoints {
  const of = (column: ArrayLike<number>) => rows.map((row) => column[row]!);
  return { x: of(x), y: of(y), class: of(classes) };
}
