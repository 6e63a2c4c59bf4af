import { describe, expect, it } from 'vitest';
import { Random } from '../random.ts';
import { assignPoints } from './assignment.ts';
import { estimateWork } from './estimate-work.ts';
import type { Points } from './labelled-points.ts';
import { scoreImages } from './score-images.ts';

const random = new Random(7, 0);

function points(count: number, place: () => [number, number]): Points {
  const places = Array.from({ length: count }, place);
  return { x: places.map(([x]) => x), y: places.map(([, y]) => y) };
}
const spread = (count: number, left = 0) =>
  points(count, () => [left + 600 * random.uniform(), 600 * random.uniform()]);
const jittered = ({ x, y }: Points, by: number): Points => ({
  x: Array.from(x, (value) => value + by * random.uniform()),
  y: Array.from(y, (value) => value + by * random.uniform()),
});

/** What an assignment really takes: the least limit that it keeps, to a tenth. */
function workOf(a: Points, b: Points): number {
  for (let maxWork = 100; ; maxWork *= 1.1) {
    try {
      assignPoints(a, b, { maxWork });
      return maxWork;
    } catch {}
  }
}

const some = spread(400);
const cases: readonly (readonly [string, Points, Points, number])[] = [
  ['sets without anything in common', some, spread(400), 4],
  ['sets far apart', some, spread(400, 1e6), 4],
  ['sets that half lie on each other', some, spread(400, 300), 4],
  ['one place', points(200, () => [5, 5]), points(200, () => [5, 5]), 16],
  ['one resolution and twice that', some, { x: some.x, y: Array.from(some.y, (y) => 2 * y) }, 4],
];

describe('the estimated work', () => {
  it.each(cases)('of %s is that of the assignment, to a small factor', (_name, a, b, factor) => {
    const estimate = estimateWork(a, b, Number.POSITIVE_INFINITY);
    const work = workOf(a, b);
    expect(estimate).toBeGreaterThan(work / factor);
    expect(estimate).toBeLessThan(work * factor);
  });

  it('of sets that lie on each other grows with their number only', () => {
    const many = spread(20_000);
    const estimate = estimateWork(many, jittered(many, 1), Number.POSITIVE_INFINITY);
    expect(estimate).toBeLessThan(1e8);
  });

  it.each([[1e200], [Number.MAX_VALUE]])('comes to an end for coordinates of %s', (far) => {
    const huge = points(20, () => [far * (random.uniform() - 0.5) * 2, far * random.uniform()]);
    expect(estimateWork(some, huge, 1e12)).toBeGreaterThan(0);
    expect(estimateWork(huge, huge, 1e12)).toBeGreaterThan(0);
  });
});

describe('a score with a limit', () => {
  const labelled = (set: Points) => ({ ...set, class: new Array(set.x.length).fill(0) });
  const pair = (id: string, truth: Points, predictions: Points) => ({
    ...{ id, truth: labelled(truth), predictions: labelled(predictions), radiusPx: 6 },
  });
  const tooLarge = (message: RegExp) =>
    expect.objectContaining({ code: 'SCORE_TOO_LARGE', message: expect.stringMatching(message) });

  it('is refused before it begins, with what would fit', () => {
    const far = pair('far', spread(20_000), spread(20_000, 1e6));
    for (const mode of ['default', 'official', 'paper'] as const) {
      expect(() => scoreImages([far], ['a'], { mode, maxWork: 1e8 })).toThrow(
        tooLarge(/far.*20000 predictions.*about \d{2,3} on each side would fit/),
      );
    }
  });

  it('counts all pictures together', () => {
    const pictures = Array.from({ length: 40 }, (_, i) =>
      pair(`${i}`, spread(90), spread(90, 1e5)),
    );
    const maxWork = 3 * estimateWork(pictures[0]!.truth, pictures[0]!.predictions, 1e12);
    expect(scoreImages(pictures.slice(0, 2), ['a'], { maxWork }).tp).toBe(0);
    expect(() => scoreImages(pictures, ['a'], { maxWork })).toThrow(tooLarge(/would fit/));
  });

  it('gives up a greedy matching of points that lie on each other', () => {
    const place = points(3000, () => [5, 5]);
    expect(() =>
      scoreImages([pair('one', place, place)], ['a'], { mode: 'greedy', maxWork: 1e8 }),
    ).toThrow(tooLarge(/given up/));
  });

  it('is what it is without one', () => {
    const truth = spread(300);
    const pictures = [pair('near', truth, jittered(truth, 4))];
    expect(scoreImages(pictures, ['a'], { maxWork: 1e8 })).toEqual(scoreImages(pictures, ['a']));
  });
});
