import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  analysedImage,
  analysedImages,
  nucleiOf,
  pointsOf,
} from '../../test/support/analysed-images.ts';
import { scoreImages } from '../scoring/score-images.ts';
import { planWindows } from '../tiling/plan-windows.ts';
import { atThreshold } from './analysed-image.ts';
import { densityStrata, localDensity } from './local-density.ts';
import { SEAM_STRATA, seamDistance } from './seam-distance.ts';
import { scoreStrata } from './strata.ts';

const classes = ['epithelial', 'stromal'];
const size = { width: 200, height: 100 };
const byX = (truth: { readonly x: ArrayLike<number> }) => ({
  ofTruth: (row: number) => truth.x[row]!,
  at: (x: number) => x,
});

describe('scoreStrata', () => {
  it('takes every nucleus into one stratum: the counts add up', () => {
    fc.assert(
      fc.property(analysedImages, fc.nat(200), (images, edge) => {
        const kept = images.map((image) => atThreshold(image, 0.3));
        const strata = { edges: [edge], names: ['left', 'right'] };
        const parts = scoreStrata(kept, classes, strata, ({ truth }) => byX(truth));
        const whole = scoreImages(kept, classes);
        for (const key of ['tp', 'fp', 'fn'] as const) {
          expect(parts[0]!.score[key] + parts[1]!.score[key]).toBe(whole[key]);
        }
        for (const [k, counts] of whole.classes.entries()) {
          expect(parts[0]!.score.classes[k]!.fn + parts[1]!.score.classes[k]!.fn).toBe(counts.fn);
        }
        const { images: _, mode: __, ...score } = whole;
        const one = { edges: [], names: ['all'] };
        expect(scoreStrata(kept, classes, one, ({ truth }) => byX(truth))[0]!.score).toEqual(score);
      }),
    );
  });

  it('counts a pair where its true nucleus lies', () => {
    const image = analysedImage(pointsOf([99, 5, 0]), nucleiOf([101, 5, 0, 0.9], [150, 5, 0, 0.9]));
    const strata = { edges: [100], names: ['left', 'right'] };
    const [left, right] = scoreStrata([atThreshold(image, 0.5)], classes, strata, ({ truth }) =>
      byX(truth),
    );
    expect(left!.score).toMatchObject({ tp: 1, fp: 0, fn: 0 });
    expect(right!.score).toMatchObject({ tp: 0, fp: 1, fn: 0 });
    expect(left!.intervals).toBeUndefined();
  });
});

describe('localDensity', () => {
  it('is per square millimetre of the square that lies in the picture, without the nucleus itself', () => {
    const truth = pointsOf([100, 50, 0], [120, 50, 0], [0, 0, 0]);
    const density = localDensity(truth, size, 0.5);
    // 50 x 50 um are 100 x 100 pixels: all of the height around the middle.
    expect(density.ofTruth(0)).toBeCloseTo(1 / 0.0025, 9);
    expect(density.at(100, 50)).toBeCloseTo(2 / 0.0025, 9);
    // In a corner a quarter of the square is left.
    expect(density.ofTruth(2)).toBe(0);
    expect(density.at(0, 0)).toBeCloseTo(1 / (0.0025 / 4), 9);
    expect(localDensity(pointsOf(), size, 0.5).at(3, 3)).toBe(0);
  });

  it('gives strata of about equally many nuclei, and fewer where densities repeat', () => {
    const { edges, names } = densityStrata([400, 100, 300, 200, 500, 600, 700, 800], 4);
    expect(edges).toEqual([275, 450, 625]);
    expect(names).toEqual([
      'below 275 per mm2',
      '275 to 450 per mm2',
      '450 to 625 per mm2',
      'from 625 per mm2',
    ]);
    expect(densityStrata([5, 5, 5], 4)).toEqual({ edges: [], names: ['all'] });
  });
});

describe('seamDistance', () => {
  it('is the way to the nearest border of two cores, in micrometres of the picture', () => {
    const windows = planWindows({ width: 100, height: 50 }, { width: 64, height: 64, haloPx: 8 });
    // Cores of the level meet at x = 50: 100 in the image, which has twice its pixels.
    const distance = seamDistance(pointsOf([90, 3, 0]), windows, size, 0.5);
    expect(distance.at(100, 20)).toBe(0);
    expect(distance.at(108, 99)).toBe(4);
    expect(distance.ofTruth(0)).toBe(5);
    const single = planWindows({ width: 50, height: 50 }, { width: 64, height: 64, haloPx: 8 });
    expect(seamDistance(pointsOf(), single, size, 0.5).at(1, 1)).toBe(Infinity);
    expect(SEAM_STRATA.names).toHaveLength(SEAM_STRATA.edges.length + 1);
  });
});
