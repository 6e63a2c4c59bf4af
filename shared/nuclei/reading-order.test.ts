import fc from 'fast-check';
import { expect, test } from 'vitest';
import { NucleiBuilder } from './builder.ts';
import { inReadingOrder, mergedOrder } from './reading-order.ts';
import { concatNuclei, takeNuclei } from './select.ts';

const coordinate = fc.oneof(
  fc.integer({ min: 0, max: 3 }),
  fc.float({ min: 0, max: 1e6, noNaN: true }),
);
const rows = fc.array(
  fc.tuple(
    coordinate,
    coordinate,
    fc.integer({ min: 0, max: 2 }),
    fc.constantFrom(0.5, 0.625, 0.75),
  ),
);

test('equals sorting by y, x, descending score and class', () => {
  fc.assert(
    fc.property(rows, (list) => {
      const builder = new NucleiBuilder();
      for (const row of list) {
        builder.push(...row);
      }
      const n = builder.build();
      const all = Uint32Array.from(list, (_, i) => i);
      const expected = [...all].sort(
        (a, b) =>
          n.y[a]! - n.y[b]! ||
          n.x[a]! - n.x[b]! ||
          n.score[b]! - n.score[a]! ||
          n.class[a]! - n.class[b]!,
      );
      const values = (order: Iterable<number>) =>
        Array.from(order, (i) => [n.y[i], n.x[i], n.score[i], n.class[i]]);
      expect(values(inReadingOrder(n, all))).toEqual(values(expected));
    }),
  );
});

test('two tables in reading order become one, as if they were sorted together', () => {
  const sorted = (list: [number, number, number, number][]) => {
    const builder = new NucleiBuilder();
    for (const row of list) builder.push(...row);
    const table = builder.build();
    return takeNuclei(table, inReadingOrder(table, Uint32Array.from(list.keys())));
  };
  fc.assert(
    fc.property(rows, rows, (one, other) => {
      const [first, second] = [sorted(one), sorted(other)];
      const merged = takeNuclei(concatNuclei([first, second]), mergedOrder(first, second));
      expect(merged).toEqual(sorted([...one, ...other]));
    }),
  );
});
