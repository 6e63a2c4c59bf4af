import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type LabelledPoints, UNKNOWN_CLASS } from './labelled-points.ts';
import { type ScoredImage, scoreImages } from './score-images.ts';
import { SCORE_MODES } from './score-mode.ts';

const classes = ['epithelial', 'stromal', 'inflammatory'];

/** Points from rows of x, y, class. */
const points = (...rows: readonly (readonly number[])[]): LabelledPoints => ({
  x: rows.map((row) => row[0]!),
  y: rows.map((row) => row[1]!),
  class: rows.map((row) => row[2]!),
});
const image = (truth: LabelledPoints, predictions: LabelledPoints, id = 'a'): ScoredImage => ({
  id,
  truth,
  predictions,
  radiusPx: 6,
});
const score = (truth: LabelledPoints, predictions: LabelledPoints) =>
  scoreImages([image(truth, predictions)], classes);
const none = points();

describe('scoreImages', () => {
  it('computes the worked example of docs/scoring.md', () => {
    const report = score(
      points([10, 10, 0], [30, 10, 0], [50, 10, 1], [70, 10, 1], [90, 10, UNKNOWN_CLASS]),
      points([11, 10, 0], [30, 14, 1], [50, 10, 1], [90, 10, 0], [200, 200, 0]),
    );
    expect(report).toMatchObject({ tp: 4, fp: 1, fn: 1, fd: 0.8, precision: 0.8, recall: 0.8 });
    expect(report.classes).toEqual([
      {
        name: 'epithelial',
        tp: 1,
        fp: 0,
        fn: 1,
        unpairedPredictions: 1,
        unpairedTruth: 0,
        fc: 2 / 5,
        precision: 1 / 2,
        recall: 1 / 2,
      },
      {
        name: 'stromal',
        tp: 1,
        fp: 1,
        fn: 0,
        unpairedPredictions: 0,
        unpairedTruth: 1,
        fc: 2 / 5,
        precision: 1 / 2,
        recall: 1 / 2,
      },
      {
        name: 'inflammatory',
        tp: 0,
        fp: 0,
        fn: 0,
        unpairedPredictions: 0,
        unpairedTruth: 0,
        fc: null,
        precision: null,
        recall: null,
      },
    ]);
    expect(report.fc).toBe(2 / 5);
  });

  it.each([
    ['default', { tp: 4, fp: 1, fn: 1, fd: 0.8, fc: 2 / 5 }],
    ['official', { tp: 5, fp: 1, fn: 1, fd: 10 / 12, fc: 2 / 5 }],
    ['paper', { tp: 4, fp: 1, fn: 1, fd: 0.8, fc: 1 / 3 }],
    ['greedy', { tp: 4, fp: 1, fn: 1, fd: 0.8, fc: 1 / 2 }],
  ] as const)(
    'scores the example and an empty picture as docs/scoring.md says: %s',
    (mode, expected) => {
      const example = image(
        points([10, 10, 0], [30, 10, 0], [50, 10, 1], [70, 10, 1], [90, 10, UNKNOWN_CLASS]),
        points([11, 10, 0], [30, 14, 1], [50, 10, 1], [90, 10, 0], [200, 200, 0]),
      );
      const report = scoreImages([example, image(none, none, 'empty')], classes, { mode });
      expect(report).toMatchObject({ mode, ...expected });
      expect(report.classes.map(({ fc }) => fc)).toEqual([expected.fc, expected.fc, null]);
    },
  );

  it('counts a pair at exactly the radius and drops one beyond', () => {
    expect(score(points([0, 0, 0]), points([6, 0, 0]))).toMatchObject({ tp: 1, fp: 0, fn: 0 });
    expect(score(points([0, 0, 0]), points([6.001, 0, 0]))).toMatchObject({ tp: 0, fp: 1, fn: 1 });
  });

  it('assigns before it cuts, as the official code does', () => {
    // The best sum pairs both nuclei; the nearest prediction of the first goes to the second.
    const report = score(points([0, 0, 0], [8, 0, 0]), points([5, 0, 0], [-60, 0, 0]));
    expect(report).toMatchObject({ tp: 1, fp: 1, fn: 1 });
    const far = score(points([0, 0, 0], [20, 0, 0]), points([4, 0, 0], [-12.5, 0, 0]));
    expect(far).toMatchObject({ tp: 0, fp: 2, fn: 2 });
  });

  it('leaves 0/0 undefined, and out of means', () => {
    const empty = score(none, none);
    expect(empty).toMatchObject({ fd: null, fc: null, precision: null, recall: null, tp: 0 });
    expect(score(points([1, 1, 0]), none)).toMatchObject({
      fd: 0,
      fc: 0,
      precision: null,
      recall: 0,
      fn: 1,
    });
    expect(score(none, points([1, 1, 0]))).toMatchObject({ fd: 0, precision: 0, recall: null });
    expect(scoreImages([], classes)).toMatchObject({ fd: null, fc: null, images: [] });
  });

  it('lets an empty picture without predictions change nothing', () => {
    const one = image(points([1, 1, 0], [30, 30, 1]), points([2, 1, 0]));
    const { images: _, ...alone } = scoreImages([one], classes);
    const { images: __, ...both } = scoreImages([one, image(none, none, 'b')], classes);
    expect(both).toEqual(alone);
  });

  it('never lets a nucleus of unknown class touch classification', () => {
    const known: readonly number[] = [50, 50, 1];
    const without = score(points(known), points(known));
    const paired = score(points(known, [9, 9, UNKNOWN_CLASS]), points(known, [9, 9, 0]));
    const missed = score(points(known, [9, 9, UNKNOWN_CLASS]), points(known));
    expect(paired.classes).toEqual(without.classes);
    expect(missed.classes).toEqual(without.classes);
    expect(paired).toMatchObject({ tp: 2, fp: 0, fn: 0 });
    expect(missed).toMatchObject({ tp: 1, fp: 0, fn: 1 });
  });

  it('says nothing of classes where the labels have none', () => {
    const truth = points([10, 10, UNKNOWN_CLASS], [50, 10, UNKNOWN_CLASS]);
    const report = score(truth, points([10, 10, 0], [90, 10, 1]));
    expect([report.fd, report.fc]).toEqual([0.5, null]);
    for (const one of report.classes) expect([one.fc, one.precision]).toEqual([null, null]);
    // Without any nucleus to find, one that is invented is wrong under its class.
    expect(score(none, points([90, 10, 1])).fc).toBe(0);
  });

  it('takes a prediction of unknown class as a nucleus that is not named', () => {
    const report = score(points([9, 9, 0]), points([9, 9, UNKNOWN_CLASS]));
    expect(report).toMatchObject({ tp: 1, fd: 1, fc: 0 });
    expect(report.classes[0]).toMatchObject({ tp: 0, fn: 1, fc: 0, precision: null, recall: 0 });
  });

  it('sums counts over the pictures before it scores', () => {
    const report = scoreImages(
      [
        image(points([1, 1, 0]), points([1, 1, 0])),
        image(points([1, 1, 1], [30, 1, 1], [60, 1, 1]), none, 'b'),
      ],
      classes,
    );
    expect(report).toMatchObject({ fd: 2 / 5, tp: 1, fn: 3 });
    expect(report.images.map(({ id, fd }) => [id, fd])).toEqual([
      ['a', 1],
      ['b', 0],
    ]);
  });

  it('drops what lies in an ignored box, half-open, before it assigns', () => {
    const ignored = [{ x0: 10, y0: 10, x1: 20, y1: 20 }];
    const truth = points([10, 10, 0], [20, 15, 1], [15, 20, 1]);
    const predictions = points([19.9, 19.9, 0], [9.9, 15, 0]);
    const report = scoreImages([{ ...image(truth, predictions), ignored }], classes);
    expect(report).toMatchObject({ tp: 0, fp: 1, fn: 2 });
    expect(report.classes[0]).toMatchObject({ unpairedTruth: 0, unpairedPredictions: 1 });
  });

  it('is not moved by what is predicted in ignored boxes, whatever the rules', () => {
    const place = fc.tuple(fc.nat(60), fc.nat(60), fc.nat(2));
    const box = fc
      .tuple(
        fc.nat(50),
        fc.nat(50),
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 20 }),
      )
      .map(([x0, y0, width, height]) => ({ x0, y0, x1: x0 + width, y1: y0 + height }));
    const share = fc.nat(1023).map((part) => part / 1024);
    const more = fc.array(fc.tuple(fc.nat(), share, share, fc.nat(2)), { maxLength: 8 });
    fc.assert(
      fc.property(
        fc.array(place, { maxLength: 12 }),
        fc.array(place, { maxLength: 12 }),
        fc.array(box, { minLength: 1, maxLength: 3 }),
        more,
        fc.constantFrom(...SCORE_MODES),
        (truth, found, ignored, added, mode) => {
          const inside = added.map(([which, right, down, k]) => {
            const { x0, y0, x1, y1 } = ignored[which % ignored.length]!;
            return [x0 + right * (x1 - x0), y0 + down * (y1 - y0), k];
          });
          const of = (rows: readonly (readonly number[])[]) =>
            scoreImages([{ ...image(points(...truth), points(...rows)), ignored }], classes, {
              mode,
            });
          expect(of([...found, ...inside])).toEqual(of(found));
        },
      ),
    );
  });

  it.each([
    [{ x0: 5, y0: 0, x1: 5, y1: 9 }],
    [{ x0: 0, y0: 9, x1: 5, y1: 0 }],
    [{ x0: 0, y0: 0, x1: Number.NaN, y1: 9 }],
  ])('refuses an ignored box that encloses nothing', (box) => {
    expect(() => scoreImages([{ ...image(none, none), ignored: [box] }], classes)).toThrow(
      /^Ignored box 0 of "a": the box is x .* x0 must be less than x1/,
    );
  });

  it('gives 1 for the truth itself, and does not depend on the order of pictures', () => {
    const point = fc.tuple(fc.nat(500), fc.nat(500), fc.nat(2));
    const set = fc.uniqueArray(point, { selector: ([x, y]) => `${x},${y}` });
    fc.assert(
      fc.property(fc.array(fc.tuple(set, set), { maxLength: 5 }), (pairs) => {
        const images = pairs.map(([a, b], i) => image(points(...a), points(...b), `${i}`));
        const { images: _, ...forward } = scoreImages(images, classes);
        const { images: __, ...backward } = scoreImages(images.toReversed(), classes);
        expect(backward).toEqual(forward);
        const perfect = scoreImages(
          images.map(({ id, truth }) => image(truth, truth, id)),
          classes,
        );
        expect(perfect.fd ?? 1).toBe(1);
        expect(perfect.fc ?? 1).toBe(1);
        for (const { fc } of perfect.classes) expect(fc ?? 1).toBe(1);
      }),
    );
  });

  it.each([
    [points([NaN, 1, 0]), none, /^Point 0 of the true nuclei of "a" lies at \(NaN, 1\)/],
    [none, points([1, 1, 0], [1, Infinity, 0]), /^Point 1 of the predictions of "a" lies at/],
    [none, points([1, 1e300, 0]), /must be finite pixels of at most 1000000000/],
    [none, points([1, 1, 3]), /has class 3; allowed are 0 to 2, and 255 for unknown/],
    [none, points([1, 1, 0.5]), /has class 0.5/],
    [none, { x: [1], y: [], class: [0] }, /have 1 x and 0 y values/],
  ])('refuses points without meaning', (truth, predictions, message) => {
    expect(() => score(truth, predictions)).toThrow(message);
    expect(() => score(truth, predictions)).toThrow(
      expect.objectContaining({ code: 'POINTS_INVALID' }),
    );
  });

  it('refuses a picture that comes twice, a radius that is none and a mode that is none', () => {
    const one = image(none, none);
    expect(() => scoreImages([one, one], classes)).toThrow(/^Picture "a" comes twice/);
    for (const radiusPx of [0, -1, NaN, Infinity]) {
      expect(() => scoreImages([{ ...one, radiusPx }], classes)).toThrow(/match radius/);
    }
    const mode = 'gated' as 'default';
    expect(() => scoreImages([one], classes, { mode })).toThrow(
      /allowed are default, official, paper/,
    );
  });
});
