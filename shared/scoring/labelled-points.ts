/**
 * Points with a class each: truth or predictions of one picture. A `Nuclei` table is one.
 *
 * @module
 */
import { UniCellError } from '../errors.ts';

/** A nucleus whose class is not known: it counts for detection, never for classification. */
export const UNKNOWN_CLASS = 255;

/** Two columns of coordinates, in pixels of the picture. */
export interface Points {
  readonly x: ArrayLike<number>;
  readonly y: ArrayLike<number>;
}

export interface LabelledPoints extends Points {
  /** Index into the class names, or {@link UNKNOWN_CLASS}. */
  readonly class: ArrayLike<number>;
  /** How sure a prediction is, for rules that go by it; predictions without are all alike. */
  readonly score?: ArrayLike<number> | undefined;
}

/** Squared distances stay far from overflow; no picture comes near it. */
export const MAX_COORDINATE = 1e9;

/**
 * Refuses what is no place in a picture.
 *
 * @param origin What the points are, for the message: `predictions of "a.png"`.
 * @throws {UniCellError} `POINTS_INVALID` with the index of the first bad point.
 */
export function checkCoordinates({ x, y }: Points, origin: string): void {
  if (x.length !== y.length) throw unequalColumns(origin, `${x.length} x and ${y.length} y`);
  for (let i = 0; i < x.length; i++) {
    // Negated, so that NaN does not pass.
    if (!(Math.abs(x[i]!) <= MAX_COORDINATE && Math.abs(y[i]!) <= MAX_COORDINATE)) {
      throw new UniCellError(
        'POINTS_INVALID',
        `Point ${i} of the ${origin} lies at (${x[i]}, ${y[i]}); coordinates must be finite pixels of at most ${MAX_COORDINATE}.`,
      );
    }
  }
}

/**
 * Refuses what has no meaning as a labelled point of a picture.
 *
 * @param classCount Number of classes the indices may name.
 * @param origin As for {@link checkCoordinates}.
 * @throws {UniCellError} `POINTS_INVALID` with the index of the first bad point.
 */
export function checkPoints(points: LabelledPoints, classCount: number, origin: string): void {
  const { x, class: classes, score } = points;
  checkCoordinates(points, origin);
  if (x.length !== classes.length) {
    throw unequalColumns(origin, `${x.length} coordinates and ${classes.length} class`);
  }
  if (score !== undefined && score.length !== x.length) {
    throw unequalColumns(origin, `${x.length} coordinates and ${score.length} score`);
  }
  for (let i = 0; i < classes.length; i++) {
    if (score !== undefined && !Number.isFinite(score[i])) {
      throw new UniCellError(
        'POINTS_INVALID',
        `Point ${i} of the ${origin} has the score ${score[i]}; it must be a finite number.`,
      );
    }
    const k = classes[i]!;
    if (k === UNKNOWN_CLASS || (Number.isInteger(k) && k >= 0 && k < classCount)) continue;
    throw new UniCellError(
      'POINTS_INVALID',
      `Point ${i} of the ${origin} has class ${k}; allowed are 0 to ${classCount - 1}, and ${UNKNOWN_CLASS} for unknown.`,
    );
  }
}

function unequalColumns(origin: string, lengths: string): UniCellError {
  return new UniCellError(
    'POINTS_INVALID',
    `The ${origin} have ${lengths} values; the columns must be equally long.`,
  );
}
