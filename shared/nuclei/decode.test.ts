import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { WindowOutputs } from '../engine/engine.ts';
import { planWindows } from '../tiling/plan-windows.ts';
import { checkOutputs, decodeWindow } from './decode.ts';

const level = { width: 80, height: 40 };
const plan = planWindows(level, { width: 40, height: 40, haloPx: 8 });
const options = { threshold: 0.5, suppressionRadiusPx: 3, beyondPx: 6 };

type Query = { at: [number, number]; logits: [number, number] };

function outputs(queries: readonly Query[], windows = 1): WindowOutputs {
  return {
    dataset: 'ocelot',
    queries: queries.length / windows,
    classes: 2,
    logits: Float32Array.from(queries.flatMap((q) => q.logits)),
    points: Float32Array.from(queries.flatMap((q) => q.at)),
  };
}

const decode = (queries: Query[], window = plan.at(0)) =>
  decodeWindow(outputs(queries), 0, window, level, options);

describe('decoding a window', () => {
  test('the largest logit is the class, its sigmoid the score', () => {
    const { nuclei } = decode([{ at: [0.25, 0.5], logits: [-1, 2] }]);
    expect(nuclei).toMatchObject({ length: 1 });
    expect([nuclei.x[0], nuclei.y[0], nuclei.class[0]]).toEqual([10, 20, 1]);
    expect(nuclei.score[0]).toBeCloseTo(1 / (1 + Math.exp(-2)), 6);
  });

  test('one class per query, the first of equal ones', () => {
    expect([...decode([{ at: [0.5, 0.5], logits: [3, 3] }]).nuclei.class]).toEqual([0]);
  });

  test('a score equal to the threshold is a nucleus, one below is not', () => {
    const { nuclei } = decode([
      { at: [0.1, 0.1], logits: [0, -9] },
      { at: [0.3, 0.3], logits: [-1e-6, -9] },
    ]);
    expect([...nuclei.score]).toEqual([0.5]);
  });

  test('every score is at least the threshold after rounding to 32 bits', () => {
    const logit = fc.float({ min: Math.fround(0.84), max: Math.fround(0.86), noNaN: true });
    fc.assert(
      fc.property(fc.array(logit, { minLength: 1 }), (logits) => {
        const queries = logits.map((l, i): Query => ({ at: [0.01 * i, 0.5], logits: [l, -9] }));
        const { nuclei } = decodeWindow(outputs(queries), 0, plan.at(0), level, {
          ...options,
          threshold: 0.7,
        });
        expect(nuclei.score.every((score) => score >= 0.7)).toBe(true);
      }),
    );
  });

  test('reads its slot of the batch and places it in the plane', () => {
    const second = plan.at(2);
    const batch = outputs(
      [
        { at: [0.5, 0.5], logits: [5, 0] },
        { at: [0.75, 0.25], logits: [0, 5] },
      ],
      2,
    );
    const { nuclei } = decodeWindow(batch, 1, second, level, options);
    expect([nuclei.x[0], nuclei.y[0], nuclei.class[0]]).toEqual([70, 10, 1]);
  });

  test('keeps what the window owns; what another window owns drops nothing', () => {
    const edge = plan.at(0).core.width / 40;
    const { nuclei } = decode([
      { at: [edge - 0.02, 0.5], logits: [1, 0] },
      { at: [edge + 0.02, 0.5], logits: [4, 0] },
    ]);
    expect(Array.from(nuclei.x)).toEqual([expect.closeTo((edge - 0.02) * 40, 4)]);
  });

  test('two queries on one nucleus are one, the surer', () => {
    const { nuclei } = decode([
      { at: [0.3, 0.5], logits: [1, 0] },
      { at: [0.35, 0.5], logits: [0, 2] },
    ]);
    expect([...nuclei.class]).toEqual([1]);
  });

  test('the number of queries does not matter once it exceeds the nuclei', () => {
    const query = fc.record({
      at: fc.tuple(
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
      ),
      logits: fc.tuple(
        fc.double({ min: -5, max: 5, noNaN: true }),
        fc.double({ min: -5, max: 5, noNaN: true }),
      ),
    });
    const filler: Query = { at: [0.5, 0.5], logits: [-30, -30] };
    fc.assert(
      fc.property(
        fc.array(query, { maxLength: 40 }),
        fc.integer({ min: 1, max: 100 }),
        (queries, fillers) => {
          const few = decode([...queries, filler]);
          const many = decode([...queries, ...new Array<Query>(fillers).fill(filler)]);
          expect(many.nuclei).toEqual(few.nuclei);
        },
      ),
    );
  });

  test('a centre just beyond the plane is taken inside, so that it has a pixel; a far one is none', () => {
    const small = { width: 20, height: 10 };
    const [window] = planWindows(small, { width: 40, height: 40, haloPx: 8 });
    const { nuclei } = decodeWindow(
      outputs([
        { at: [25 / 40, 5 / 40], logits: [5, 0] },
        { at: [27 / 40, 5 / 40], logits: [5, 0] },
        { at: [5 / 40, -0.01], logits: [5, 0] },
      ]),
      0,
      window!,
      small,
      options,
    );
    expect([...nuclei.x]).toEqual([19.9375, 5]);
    expect([...nuclei.y]).toEqual([5, 0]);
  });

  test('says when every query was a nucleus', () => {
    const found: Query = { at: [0.5, 0.5], logits: [5, 0] };
    expect(decode([found]).isSaturated).toBe(true);
    expect(decode([found, { at: [0, 0], logits: [-9, -9] }]).isSaturated).toBe(false);
  });

  test.each([
    [
      [Number.NaN, 0],
      [0.5, 0.5],
    ],
    [
      [0, Number.POSITIVE_INFINITY],
      [0.5, 0.5],
    ],
    [
      [Number.NEGATIVE_INFINITY, -9],
      [0.5, 0.5],
    ],
    [
      [0, 0],
      [Number.NaN, 0.5],
    ],
    [
      [0, 0],
      [0.5, Number.NEGATIVE_INFINITY],
    ],
  ] as [Query['logits'], Query['at']][])('refuses logits %j at %j', (logits, at) => {
    expect(() => decode([{ at, logits }])).toThrow(
      expect.objectContaining({ code: 'MODEL_OUTPUT_INVALID' }),
    );
  });
});

describe('outputs of an engine', () => {
  const good = outputs([{ at: [0, 0], logits: [0, 0] }]);
  const ocelot = { id: 'ocelot', classes: { length: 2 } };

  test('are taken when they fit', () => {
    expect(() => checkOutputs(good, ocelot, 1)).not.toThrow();
  });

  test.each([
    ['nothing', undefined],
    ['another dataset', { ...good, dataset: 'consep' }],
    ['another number of classes', { ...good, classes: 3 }],
    ['too few logits', { ...good, logits: new Float32Array(1) }],
    ['too many points', { ...good, points: new Float32Array(4) }],
    ['half a query', { ...good, queries: 0.5 }],
  ])('are refused with %s', (_, bad) => {
    expect(() => checkOutputs(bad, ocelot, 1)).toThrow(
      expect.objectContaining({ code: 'MODEL_OUTPUT_INVALID' }),
    );
  });
});
