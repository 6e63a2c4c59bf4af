/**
 * How sure a score is: percentile bootstrap over images (Efron and Tibshirani, "An Introduction to the
 * Bootstrap", 1993, chapter 13). Nuclei of one image resemble each other, so whole images are drawn.
 *
 * @module
 */
import { streamFor } from '../random.ts';
import { scoreRules } from './score-mode.ts';
import { type ImageScore, type Score, type ScoreReport, scoreOf } from './score-report.ts';
import { CLASS_COUNTS, Tally } from './tally.ts';

/** From `low` to `high`, both included. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** Intervals of the scores of the same names; `null` where a score is not defined. */
export interface ScoreIntervals {
  readonly confidence: number;
  readonly resamples: number;
  readonly seed: number;
  readonly fd: Interval | null;
  readonly fc: Interval | null;
  readonly precision: Interval | null;
  readonly recall: Interval | null;
  readonly classes: readonly ClassIntervals[];
}

export interface ClassIntervals {
  readonly name: string;
  readonly fc: Interval | null;
  readonly precision: Interval | null;
  readonly recall: Interval | null;
}

export interface BootstrapOptions {
  /** Datasets that are drawn; 1000 when left out. */
  readonly resamples?: number;
  /** Any safe integer; the same seed gives the same intervals. 1 when left out. */
  readonly seed?: number;
  /** Share of the drawn scores that lie inside; 0.95 when left out. */
  readonly confidence?: number;
}

const SCORES = ['fc', 'precision', 'recall'] as const;

/**
 * Draws as many images as there are, with replacement, sums their counts and scores the sums, many
 * times; the interval holds the middle of what came out. No assignment is made again. The intervals say
 * how much the choice of images moves a score, and nothing of another training run or another hospital.
 *
 * @returns `undefined` for fewer than two images: one image does not say how images differ.
 */
export function bootstrapIntervals(
  { images, mode, classes }: Pick<ScoreReport, 'images' | 'mode' | 'classes'>,
  { resamples = 1000, seed = 1, confidence = 0.95 }: BootstrapOptions = {},
): ScoreIntervals | undefined {
  if (images.length < 2) return undefined;
  const names = classes.map(({ name }) => name);
  const rules = scoreRules(mode);
  const drawn: Score[] = [];
  for (const tally of drawTallies(images, resamples, seed)) {
    drawn.push(scoreOf(tally, names, rules));
  }
  const of = (figure: (score: Score) => number | null) => middle(drawn.map(figure), confidence);
  return {
    confidence,
    resamples,
    seed,
    fd: of(({ fd }) => fd),
    fc: of(({ fc }) => fc),
    precision: of(({ precision }) => precision),
    recall: of(({ recall }) => recall),
    classes: names.map((name, k) => {
      const [fc, precision, recall] = SCORES.map((key) => of((score) => score.classes[k]![key]));
      return { name, fc: fc!, precision: precision!, recall: recall! };
    }),
  };
}

/** The counts of drawn datasets. The tally that comes out is valid until the next one. */
function* drawTallies(
  images: readonly ImageScore[],
  resamples: number,
  seed: number,
): Generator<Tally, void, void> {
  const random = streamFor(seed, 'bootstrap');
  const counts = Float64Array.from(images.flatMap(countsOf));
  const sums = new Float64Array(counts.length / images.length);
  const times = new Uint32Array(images.length);
  const tally = new Tally(images[0]!.classes.length);
  for (let resample = 0; resample < resamples; resample++) {
    times.fill(0);
    for (let draw = 0; draw < images.length; draw++) {
      times[Math.floor(random.uniform(0, images.length))]!++;
    }
    sums.fill(0);
    for (let image = 0, at = 0; image < images.length; image++) {
      for (let i = 0; i < sums.length; i++) sums[i]! += times[image]! * counts[at++]!;
    }
    fillTally(tally, sums);
    yield tally;
  }
}

function countsOf({ tp, fp, fn, classes }: ImageScore): number[] {
  const perClass = classes.flatMap((counts) => CLASS_COUNTS.map((key) => counts[key]));
  return [tp, fp, fn, ...perClass];
}

function fillTally(tally: Tally, counts: Float64Array): void {
  [tally.tp, tally.fp, tally.fn] = [counts[0]!, counts[1]!, counts[2]!];
  for (const [k, own] of tally.classes.entries()) {
    for (const [i, key] of CLASS_COUNTS.entries()) {
      own[key] = counts[3 + k * CLASS_COUNTS.length + i]!;
    }
  }
}

/** The central part of the values that are defined. */
function middle(values: readonly (number | null)[], confidence: number): Interval | null {
  const sorted = Float64Array.from(values.filter((value) => value !== null)).sort();
  if (sorted.length === 0) return null;
  const beyond = (1 - confidence) / 2;
  return { low: quantile(sorted, beyond), high: quantile(sorted, 1 - beyond) };
}

/**
 * The quantile of sorted values, interpolated between neighbours (Hyndman and Fan's type 7).
 *
 * @param sorted At least one value, ascending.
 * @param share From 0 to 1.
 */
export function quantile(sorted: ArrayLike<number>, share: number): number {
  const at = share * (sorted.length - 1);
  const below = Math.floor(at);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below]! + (at - below) * (sorted[above]! - sorted[below]!);
}
