import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NucleiBuilder } from './builder.ts';
import type { Nuclei } from './nuclei.ts';
import { takeNuclei } from './select.ts';
import { suppressDuplicates } from './suppress.ts';

function table(rows: readonly (readonly [number, number, number, number])[]): Nuclei {
  const builder = new NucleiBuilder();
  for (const row of rows) {
    builder.push(...row);
  }
  return builder.build();
}

/** The definition, comparing all pairs. */
function byDefinition(n: Nuclei, radius: number): number[] {
  const order = Array.from({ length: n.length }, (_, i) => i).sort(
    (a, b) =>
      n.score[b]! - n.score[a]! ||
      n.y[a]! - n.y[b]! ||
      n.x[a]! - n.x[b]! ||
      n.class[a]! - n.class[b]!,
  );
  const dropped = new Array<number>(n.length).fill(0);
  for (const a of order) {
    for (const b of order) {
      const distance = Math.hypot(n.x[a]! - n.x[b]!, n.y[a]! - n.y[b]!);
      if (a !== b && dropped[a] === 0 && distance < radius) {
        dropped[b] = 1;
      }
    }
  }
  return dropped;
}

// A grid of whole pixels, three scores and two classes, so that ties and equal distances happen.
const row = fc.tuple(
  fc.integer({ min: 0, max: 12 }),
  fc.integer({ min: 0, max: 12 }),
  fc.integer({ min: 0, max: 1 }),
  fc.constantFrom(0.5, 0.625, 0.75),
);

describe('suppression', () => {
  test('the higher score drops what is nearer than the radius, whatever its class', () => {
    const nuclei = table([
      [10, 10, 0, 0.6],
      [12, 10, 1, 0.9],
      [14.9, 10, 0, 0.8],
      [15, 10, 0, 0.7],
    ]);
    expect([...suppressDuplicates(nuclei, 3)]).toEqual([1, 0, 1, 0]);
  });

  test('a dropped nucleus drops nobody', () => {
    const chain = table([
      [0, 0, 0, 0.9],
      [2, 0, 0, 0.8],
      [4, 0, 0, 0.7],
    ]);
    expect([...suppressDuplicates(chain, 3)]).toEqual([0, 1, 0]);
  });

  test('radius 0 drops nothing, not even the same place twice', () => {
    const twice = table([
      [1, 1, 0, 0.9],
      [1, 1, 0, 0.9],
    ]);
    expect([...suppressDuplicates(twice, 0)]).toEqual([0, 0]);
  });

  test('equals comparing all pairs', () => {
    fc.assert(
      fc.property(
        fc.array(row, { maxLength: 60 }),
        fc.constantFrom(0.5, 1, 2, 2.5, 5, 100),
        (rows, radius) => {
          const nuclei = table(rows);
          expect([...suppressDuplicates(nuclei, radius)]).toEqual(byDefinition(nuclei, radius));
        },
      ),
    );
  });

  test('does not depend on the order of the rows', () => {
    const rows = fc.array(row, { maxLength: 60 });
    const shuffled = rows.chain((list) =>
      fc.tuple(
        fc.constant(list),
        fc.shuffledSubarray(list, { minLength: list.length, maxLength: list.length }),
      ),
    );
    fc.assert(
      fc.property(shuffled, ([list, other]) => {
        const results = [list, other].map((rows) => {
          const nuclei = table(rows);
          return kept(nuclei, suppressDuplicates(nuclei, 3));
        });
        expect(results[0]).toEqual(results[1]);
      }),
    );
  });
});

/** The rows that are kept, as a sorted list of values. */
function kept(nuclei: Nuclei, dropped: ArrayLike<number>): string[] {
  const rows = Array.from({ length: nuclei.length }, (_, i) => i).filter((i) => dropped[i] === 0);
  const { x, y, class: classes, score } = takeNuclei(nuclei, Uint32Array.from(rows));
  return rows.map((_, i) => [y[i], x[i], classes[i], score[i]].join(' ')).sort();
}
