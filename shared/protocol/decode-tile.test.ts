import { describe, expect, it } from 'vitest';
import { readReferenceArrays } from '../../test/support/reference.ts';
import { NucleiBuilder } from '../nuclei/builder.ts';
import { decodeTile, MAX_PAIRS } from './decode-tile.ts';

const tile = { x: 250, y: 500, width: 250, height: 125 };
const input = { width: 800, height: 400 };
const logitOf = (score: number) => Math.log(score / (1 - score));

function decode(
  queries: readonly { readonly scores: readonly number[]; readonly at: readonly number[] }[],
  threshold = 0.5,
) {
  const outputs = {
    dataset: 'consep',
    queries: queries.length,
    classes: queries[0]!.scores.length,
    logits: Float32Array.from(queries.flatMap(({ scores }) => scores.map(logitOf))),
    points: Float32Array.from(queries.flatMap(({ at }) => at)),
  };
  const nuclei = new NucleiBuilder();
  const isCut = decodeTile(outputs, tile, input, threshold, nuclei);
  const rows = Array.from(nuclei.x, (x, i) => [x, nuclei.y[i]!, nuclei.class[i]!]);
  return { rows, isCut, scores: [...nuclei.score] };
}

describe('decodeTile', () => {
  it('puts points back into the picture, at most at the border of the tile', () => {
    const { rows } = decode([
      { scores: [0.1, 0.9], at: [0.5, 0.5] },
      { scores: [0.8, 0.1], at: [-0.2, 1.5] },
      { scores: [0.1, 0.7], at: [1, 0] },
    ]);
    expect(rows).toEqual([
      [375, 562.5, 1],
      [250, 625, 0],
      [500, 500, 1],
    ]);
  });

  it('takes a query twice when two of its classes are sure, and suppresses nothing', () => {
    const { rows } = decode([
      { scores: [0.9, 0.6], at: [0.5, 0.5] },
      { scores: [0.7, 0.1], at: [0.5, 0.5] },
    ]);
    expect(rows.map(([, , k]) => k)).toEqual([0, 0, 1]);
  });

  it('keeps scores above the threshold and not at it', () => {
    const found = decode([
      { scores: [0.5], at: [0.1, 0.1] },
      { scores: [0.50001], at: [0.2, 0.2] },
    ]);
    expect(found.rows).toHaveLength(1);
    expect(decode([{ scores: [0.9], at: [0, 0] }], 0.95).rows).toEqual([]);
  });

  it('keeps the 300 surest pairs of a crowded tile, and says so', () => {
    const crowd = Array.from({ length: 200 }, (_, i) => ({
      scores: [0.99 - i / 1000, 0.9 - i / 1000],
      at: [i / 200, 0.5],
    }));
    const { rows, scores, isCut } = decode(crowd);
    expect(rows).toHaveLength(300);
    expect(isCut).toBe(true);
    expect(scores).toEqual(scores.toSorted((a, b) => b - a));
    expect(Math.min(...scores)).toBeGreaterThan(0.74);
    expect(decode(crowd.slice(0, 150)).isCut).toBe(false);
  });

  it.each([
    ['logits', { logits: Float32Array.of(NaN), points: Float32Array.of(0, 0) }],
    ['points', { logits: Float32Array.of(-9), points: Float32Array.of(0, Infinity) }],
  ])('refuses %s that are not finite', (_, bad) => {
    const outputs = { dataset: 'consep', queries: 1, classes: 1, ...bad };
    expect(() => decodeTile(outputs, tile, input, 0.5, new NucleiBuilder())).toThrow(
      expect.objectContaining({ code: 'MODEL_OUTPUT_INVALID' }),
    );
  });
});

const recorded = readReferenceArrays('small_256_compact.npz');

describe.skipIf(!recorded)('what the authors’ code made of its own outputs', () => {
  it.each([0, 1, 2, 3])('dataset %i: the same 300 pairs at the same places', (dataset) => {
    const array = (name: string) => recorded!.get(`ds${dataset}_${name}`)!;
    // Of three decoder layers the last one counts.
    const [, queries, classes] = array('logits').shape as [number, number, number];
    const logits = (array('logits').data as Float32Array).slice(-queries * classes);
    const points = (array('points').data as Float32Array).slice(-queries * 2);
    const nuclei = new NucleiBuilder();
    const whole = { x: 0, y: 0, width: 256, height: 256 };
    decodeTile({ dataset: 'any', queries, classes, logits, points }, whole, whole, 0, nuclei);
    expect(nuclei.length).toBe(MAX_PAIRS);
    expect([...nuclei.class]).toEqual(Array.from(array('pred_labels').data, Number));
    const centroids = [...array('pred_centroids').data];
    expect(Array.from(nuclei.x, (x, i) => [x, nuclei.y[i]!]).flat()).toEqual(centroids);
    const scores = array('pred_scores').data as Float32Array;
    expect(Math.max(...nuclei.score.map((s, i) => Math.abs(s - scores[i]!)))).toBeLessThan(1e-7);
  });
});
