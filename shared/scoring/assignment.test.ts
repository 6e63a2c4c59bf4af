import fc from 'fast-check';
import { linearSumAssignment } from 'linear-sum-assignment';
import { describe, expect, it } from 'vitest';
import { assignPoints } from './assignment.ts';
import type { Points } from './labelled-points.ts';

const distance = (a: Points, i: number, b: Points, j: number) =>
  Math.hypot(a.x[i]! - b.x[j]!, a.y[i]! - b.y[j]!);

/** The sum of the assignment, after checking that it is one. */
function cost(a: Points, b: Points, partners: Int32Array): number {
  const taken = [...partners].filter((j) => j >= 0);
  expect(partners.length).toBe(a.x.length);
  expect(taken.length).toBe(Math.min(a.x.length, b.x.length));
  expect(new Set(taken).size).toBe(taken.length);
  return partners.reduce((sum, j, i) => (j < 0 ? sum : sum + distance(a, i, b, j)), 0);
}

function oracleCost(a: Points, b: Points): number {
  const matrix = Array.from(a.x, (_, i) =>
    Float64Array.from({ length: b.x.length }, (_, j) => distance(a, i, b, j)),
  );
  const { rowAssignments } = linearSumAssignment(matrix, { maximaze: false });
  return cost(a, b, Int32Array.from(rowAssignments));
}

function compare(a: Points, b: Points): void {
  const expected = oracleCost(a, b);
  const difference = Math.abs(cost(a, b, assignPoints(a, b)) - expected);
  expect(difference).toBeLessThanOrEqual(1e-9 * (1 + expected));
}

const columns = (rows: readonly (readonly number[])[]): Points => ({
  x: rows.map((row) => row[0]!),
  y: rows.map((row) => row[1]!),
});
const sets = (coordinate: fc.Arbitrary<number>, minLength = 1, maxLength = 60) =>
  fc.array(fc.tuple(coordinate, coordinate), { minLength, maxLength }).map(columns);

/** Deterministic points: `random(n, side)` with a generator of its own seed. */
function scatter(n: number, side: number, seed: number, dx = 0): Points {
  let state = seed;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state / 2 ** 32) * side;
  };
  return columns(Array.from({ length: n }, () => [next() + dx, next()]));
}

describe('assignPoints', () => {
  it('has the least sum, for any two sets', () => {
    const continuous = fc.double({ min: -50, max: 2000, noNaN: true });
    fc.assert(fc.property(sets(continuous), sets(continuous), compare), { numRuns: 300 });
  });

  it('has the least sum with ties and points on one another', () => {
    const lattice = fc.integer({ min: 0, max: 6 });
    fc.assert(fc.property(sets(lattice), sets(lattice), compare), { numRuns: 300 });
  });

  it('has the least sum along a line', () => {
    fc.assert(
      fc.property(sets(fc.double({ min: 0, max: 100, noNaN: true })), sets(fc.nat(100)), (a, b) =>
        compare({ x: a.x, y: Array.from(a.x, () => 3) }, { x: b.x, y: Array.from(b.x, () => 3) }),
      ),
    );
  });

  it.each([
    ['two far clusters', scatter(300, 500, 1), scatter(280, 500, 2, 1e5)],
    ['predictions at half the scale', scatter(400, 1000, 3), scatter(360, 500, 3)],
    ['one point in many places', scatter(300, 0, 4), scatter(310, 0, 5)],
    ['as many predictions as nuclei', scatter(500, 1000, 6), scatter(500, 1000, 7)],
    [
      'one outlier',
      scatter(300, 500, 8),
      columns([
        [1e9, 1e9],
        [3, 4],
      ]),
    ],
  ])('has the least sum where the near search gives up: %s', (_, a, b) => compare(a, b));

  it('follows where the nearest neighbour is not the best partner', () => {
    const a = columns([
      [0, 0],
      [2, 0],
    ]);
    const b = columns([
      [3, 0],
      [-9, 0],
    ]);
    expect([...assignPoints(a, b)]).toEqual([1, 0]);
  });

  it('pairs however far: there is no gate', () => {
    expect([...assignPoints(columns([[0, 0]]), columns([[1e9, -1e9]]))]).toEqual([0]);
  });

  it('leaves the surplus of the larger set alone', () => {
    const a = columns([
      [0, 0],
      [100, 0],
      [200, 0],
    ]);
    const b = columns([
      [199, 0],
      [1, 0],
    ]);
    expect([...assignPoints(a, b)]).toEqual([1, -1, 0]);
    expect([...assignPoints(b, a)]).toEqual([2, 0]);
  });

  it('takes empty sets', () => {
    const none = columns([]);
    expect([...assignPoints(none, none)]).toEqual([]);
    expect([...assignPoints(columns([[1, 1]]), none)]).toEqual([-1]);
    expect([...assignPoints(none, columns([[1, 1]]))]).toEqual([]);
  });

  it('assigns sets that lie on each other without looking at all pairs', () => {
    const a = scatter(20_000, 6000, 9);
    const b = { x: Array.from(a.x, (x) => x + 0.5), y: a.y };
    const partners = assignPoints(a, b, { maxWork: 20_000 * 500 });
    expect(partners.every((j, i) => j === i)).toBe(true);
  });

  it('refuses coordinates that are not finite', () => {
    for (const bad of [NaN, Infinity, 1e200]) {
      expect(() =>
        assignPoints(
          columns([[1, 1]]),
          columns([
            [1, 1],
            [bad, 1],
          ]),
        ),
      ).toThrow(`Point 1 of the second set lies at (${bad}, 1)`);
    }
  });

  it('gives up with a message rather than running for hours', () => {
    const [a, b] = [scatter(200, 500, 10), scatter(200, 500, 11, 1e5)];
    expect(() => assignPoints(a, b, { maxWork: 10_000 })).toThrow(
      /^The assignment of 200 to 200 points was given up after 10000 distance evaluations/,
    );
  });
});
