import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ownsCentre } from '../tiling/ownership.ts';
import { type PlannedWindow, planWindows } from '../tiling/plan-windows.ts';
import { NucleiBuilder } from './builder.ts';
import { NucleiMerger } from './merge.ts';
import type { Nuclei } from './nuclei.ts';

const plan = planWindows({ width: 60, height: 40 }, { width: 20, height: 16, haloPx: 4 });
const RADIUS = 3;

type Row = readonly [x: number, y: number, classIndex: number, score: number];

function table(rows: readonly Row[]): Nuclei {
  const builder = new NucleiBuilder();
  for (const row of rows) {
    builder.push(...row);
  }
  return builder.build();
}

function rowsOf({ x, y, class: classes, score }: Nuclei): Row[] {
  return Array.from(x, (_, i) => [x[i]!, y[i]!, classes[i]!, score[i]!] as const);
}

function merge(windows: readonly PlannedWindow[], rows: readonly Row[]): Nuclei {
  const merger = new NucleiMerger(plan.level, RADIUS);
  for (const { core } of windows) {
    merger.add(core, table(rows.filter(([x, y]) => ownsCentre(core, plan.level, x, y))));
  }
  return merger.finish();
}

const row = fc.tuple(
  fc.integer({ min: 0, max: 60 }),
  fc.integer({ min: 0, max: 40 }),
  fc.integer({ min: 0, max: 3 }),
  fc.constantFrom(0.5, 0.625, 0.75),
);

describe('merging windows', () => {
  test('does not depend on the order of the windows or of their nuclei', () => {
    const windows = [...plan];
    const shuffle = <T>(list: T[]) =>
      fc.shuffledSubarray(list, { minLength: list.length, maxLength: list.length });
    const cases = fc
      .array(row, { maxLength: 200 })
      .chain((rows) => fc.tuple(fc.constant(rows), shuffle(rows), shuffle(windows)));
    fc.assert(
      fc.property(cases, ([rows, otherRows, otherWindows]) => {
        expect(merge(otherWindows, otherRows)).toEqual(merge(windows, rows));
      }),
    );
  });

  test('nothing is lost and nothing is left twice across a seam', () => {
    const owner = (x: number, y: number) =>
      [...plan].findIndex((w) => ownsCentre(w.core, plan.level, x, y));
    fc.assert(
      fc.property(fc.array(row, { maxLength: 200 }), (rows) => {
        const result = rowsOf(merge([...plan], rows));
        const near = (a: Row, b: Row) => Math.hypot(a[0] - b[0], a[1] - b[1]) < RADIUS;
        for (const lost of rows.filter((r) => !result.some((k) => k.join() === r.join()))) {
          expect(result.some((k) => near(k, lost) && k[3] >= lost[3])).toBe(true);
        }
        for (const [i, a] of result.entries()) {
          for (const b of result.slice(i + 1)) {
            expect(near(a, b) && owner(a[0], a[1]) !== owner(b[0], b[1])).toBe(false);
          }
        }
      }),
    );
  });

  test('two predictions of one nucleus on both sides of a seam become the surer one', () => {
    const seam = plan.at(1).core.x;
    const result = merge(
      [...plan],
      [
        [seam - 0.5, 5, 1, 0.6],
        [seam + 1, 5.5, 2, 0.9],
        [seam + 4.5, 5, 0, 0.55],
      ],
    );
    expect(rowsOf(result).map(([x, , c]) => [x, c])).toEqual([
      [seam + 4.5, 0],
      [seam + 1, 2],
    ]);
  });

  test('the result is in reading order and in pixels of the picture', () => {
    const merger = new NucleiMerger({ width: 60, height: 40 }, RADIUS);
    merger.add(
      plan.at(0).core,
      table([
        [4, 8, 1, 0.5],
        [1, 8, 0, 0.5],
        [9, 2, 2, 0.75],
      ]),
    );
    expect(rowsOf(merger.finish({ width: 120, height: 20 }))).toEqual([
      [18, 1, 2, 0.75],
      [2, 4, 0, 0.5],
      [8, 4, 1, 0.5],
    ]);
  });

  test('no windows give no nuclei', () => {
    expect(new NucleiMerger(plan.level, RADIUS).finish()).toMatchObject({ length: 0 });
  });
});
