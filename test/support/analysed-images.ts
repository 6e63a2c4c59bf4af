/** Images with true nuclei and scored predictions, at 0.5 um per pixel, for tests of analyses. */
import fc from 'fast-check';
import type { AnalysedImage } from '../../shared/analysis/analysed-image.ts';
import type { Nuclei } from '../../shared/nuclei/nuclei.ts';
import { type LabelledPoints, UNKNOWN_CLASS } from '../../shared/scoring/labelled-points.ts';

type Row = readonly number[];

/** Nuclei from rows of x, y, class, score. */
export function nucleiOf(...rows: readonly Row[]): Nuclei {
  const column = (at: number) => rows.map((row) => row[at]!);
  return {
    length: rows.length,
    x: Float32Array.from(column(0)),
    y: Float32Array.from(column(1)),
    class: Uint8Array.from(column(2)),
    score: Float32Array.from(column(3)),
  };
}

/** Points from rows of x, y, class. */
export function pointsOf(...rows: readonly Row[]): LabelledPoints {
  const column = (at: number) => rows.map((row) => row[at]!);
  return { x: column(0), y: column(1), class: column(2) };
}

export function analysedImage(truth: LabelledPoints, found: Nuclei, id = 'a'): AnalysedImage {
  return { id, size: { width: 200, height: 100 }, mpp: 0.5, truth, found, radiusPx: 6 };
}

const x = fc.integer({ min: 0, max: 200 });
const y = fc.integer({ min: 0, max: 100 });
const trueRow = fc.tuple(x, y, fc.constantFrom(0, 1, UNKNOWN_CLASS));
const foundRow = fc.tuple(x, y, fc.nat(1), fc.integer({ min: 1, max: 99 }));

/** Up to four images of two classes, some of their nuclei of unknown class, scores in hundredths. */
export const analysedImages = fc
  .array(fc.tuple(fc.array(trueRow, { maxLength: 25 }), fc.array(foundRow, { maxLength: 25 })), {
    minLength: 1,
    maxLength: 4,
  })
  .map((images) =>
    images.map(([truth, found], i) =>
      analysedImage(
        pointsOf(...truth),
        nucleiOf(...found.map(([px, py, k, hundredths]) => [px, py, k, hundredths / 100])),
        `${i}`,
      ),
    ),
  );
