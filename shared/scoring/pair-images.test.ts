import { describe, expect, it } from 'vitest';
import { matchRadiusPx } from './match-points.ts';
import { pairImages } from './pair-images.ts';

const point = { x: [1], y: [1], class: [0] };
const of = (...ids: readonly string[]) => new Map(ids.map((id) => [id, point]));

describe('pairImages', () => {
  it('pairs by id, in the order of the truth', () => {
    expect(pairImages(of('b', 'a'), of('a', 'b')).map(({ id }) => id)).toEqual(['b', 'a']);
  });

  it('takes a listed picture without points as empty', () => {
    const pairs = pairImages(of('a'), of('b'), ['a', 'b', 'c']);
    expect(pairs.map(({ truth, predictions }) => [truth.x.length, predictions.x.length])).toEqual([
      [1, 0],
      [0, 1],
      [0, 0],
    ]);
  });

  it('refuses pictures of one side only, naming a few', () => {
    expect(() => pairImages(of('a', 'b'), of('a'))).toThrow(
      'different pictures: the truth name "b", the other side does not',
    );
    expect(() => pairImages(of('a'), of('v', 'w', 'x', 'y', 'z'))).toThrow(
      'the predictions name "v", "w", "x" and 2 more pictures, the other side does not',
    );
    expect(() => pairImages(of('a'), of('a'), ['b'])).toThrow(
      expect.objectContaining({ code: 'SCORE_MISMATCH' }),
    );
  });
});

describe('matchRadiusPx', () => {
  it("is the paper's 6 and 15 pixels for 3 um", () => {
    expect(matchRadiusPx(3, 0.5)).toBe(6);
    expect(matchRadiusPx(3, 0.2)).toBe(15);
  });

  it('refuses what is no length', () => {
    for (const bad of [0, -1, NaN, Infinity]) {
      expect(() => matchRadiusPx(bad, 0.5)).toThrow(/match radius is/);
      expect(() => matchRadiusPx(3, bad)).toThrow(/resolution is/);
    }
  });
});
