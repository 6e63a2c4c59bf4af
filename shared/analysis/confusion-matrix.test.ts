import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  analysedImage,
  analysedImages,
  nucleiOf,
  pointsOf,
} from '../../test/support/analysed-images.ts';
import { UNKNOWN_CLASS } from '../scoring/labelled-points.ts';
import { scoreImages } from '../scoring/score-images.ts';
import { atThreshold } from './analysed-image.ts';
import { confusionMatrix } from './confusion-matrix.ts';
import { scoreCurve } from './score-curve.ts';

const classes = ['epithelial', 'stromal'];
const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);

describe('confusionMatrix', () => {
  it('counts who is taken for whom', () => {
    const image = analysedImage(
      pointsOf([10, 10, 0], [30, 10, 0], [50, 10, 1], [70, 10, UNKNOWN_CLASS], [90, 90, 1]),
      nucleiOf([10, 11, 0, 0.9], [30, 12, 1, 0.9], [70, 10, 1, 0.9], [150, 50, 0, 0.9]),
    );
    expect(confusionMatrix([atThreshold(image, 0.5)], classes)).toEqual({
      classes,
      pairs: [
        [1, 1],
        [0, 0],
      ],
      missed: [0, 2],
      invented: [1, 0],
      unknown: { pairs: [0, 1], missed: 0 },
    });
  });

  it('has the counts of the score, and every nucleus once', () => {
    fc.assert(
      fc.property(analysedImages, (images) => {
        const kept = images.map((image) => atThreshold(image, 0.3));
        const { pairs, missed, invented, unknown } = confusionMatrix(kept, classes);
        const score = scoreImages(kept, classes);
        expect(sum([...pairs.flat(), ...unknown.pairs])).toBe(score.tp);
        expect(sum(invented)).toBe(score.fp);
        expect(sum([...missed, unknown.missed])).toBe(score.fn);
        for (const [k, counts] of score.classes.entries()) {
          expect(pairs[k]![k]).toBe(counts.tp);
          expect(sum(pairs[k]!)).toBe(counts.tp + counts.fn);
          expect(sum(pairs.map((row) => row[k]!))).toBe(counts.tp + counts.fp);
        }
      }),
    );
  });
});

describe('scoreCurve', () => {
  it('is at each threshold the score of what is kept there', () => {
    fc.assert(
      fc.property(
        analysedImages,
        fc.double({ min: 0.05, max: 0.95, noNaN: true }),
        (images, at) => {
          const [low, point] = scoreCurve(images, classes, [0.05, at]);
          const {
            images: _,
            mode: __,
            ...score
          } = scoreImages(
            images.map((image) => atThreshold(image, at)),
            classes,
          );
          expect(point).toEqual({ threshold: at, ...score });
          expect(low!.tp + low!.fp).toBeGreaterThanOrEqual(point!.tp + point!.fp);
        },
      ),
    );
  });
});
