/**
 * Points with a class each: truth or predictions of one picture. A `Nuclei` table is one.
 *
 * @module
 */
import { UniCellError } from '../errors.ts';

/** A nucleus whose class is not known: it counts for detection, never for classification. */
export const UNKNOWN_CLASS = 255;

export interface LabelledPoints {
  /** Pixels of the picture. */
  readonly x: ArrayLike<number>;
  readonly y: ArrayLike<number>;
  /** Index into the class names, or {@link UNKNOWN_CLASS}. */
  readonly class: ArrayLike<number>;
}

/** Squared distances stay far from overflow; no picture comes near it. */
export const MAX_COORDINATE = 1e9;

/**
 * Refuses what has no meaning as a point of a picture.
 *
 * @param classCount Number of classes the indices may name.
 * @param origin What the points are, for the message: `predictions of "a.png"`.
 * @throws {UniCellError} `POINTS_INVALID` with the index of the first bad point.
 */
export function checkPoints(points: LabelledPoints, classCount: number, origin: string): void {
  const { x, y, class: classes } = points;
  if (x.length !== y.length || x.length !== classes.length) {
    throw new UniCellError(
      'POINTS_INVALID',
      `The ${origin} have ${x.length} x, ${y.length} y and ${classes.length} class values; the three columns must be equally long.`,
    );
  }
  for (let i = 0; i < x.length; i++) {
    // Negated, so that NaN does not pass.
    if (!(Math.abs(x[i]!) <= MAX_COORDINATE && Math.abs(y[i]!) <= MAX_COORDINATE)) {
      throw new UniCellError(
        'POINTS_INVALID',
        `Point ${i} of the ${origin} lies at (${x[i]}, ${y[i]}); coordinates must be finite pixels of at most ${MAX_COORDINATE}.`,
      );
    }
    const known = classes[i]! < classCount && classes[i]! >= 0;
    if (classes[i] !== UNKNOWN_CLASS && !(known && Number.isInteger(classes[i]))) {
      throw new UniCellError(
        'POINTS_INVALID',
        `Point ${i} of the ${origin} has class ${classes[i]}; allowed are 0 to ${classCount - 1}, and ${UNKNOWN_CLASS} for unknown.`,
      );
    }
  }
}
