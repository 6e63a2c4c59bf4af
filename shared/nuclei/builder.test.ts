import { expect, test } from 'vitest';
import { NucleiBuilder } from './builder.ts';

test('grows from nothing and builds columns of exactly its length', () => {
  const builder = new NucleiBuilder(0);
  for (let i = 0; i < 1000; i++) {
    builder.push(i, i / 2, i % 255, 0.5);
  }
  const nuclei = builder.build();
  expect(nuclei.length).toBe(1000);
  for (const column of [nuclei.x, nuclei.y, nuclei.class, nuclei.score]) {
    expect(column).toHaveLength(1000);
    expect(column.buffer.byteLength).toBe(1000 * column.BYTES_PER_ELEMENT);
  }
  expect([nuclei.x[999], nuclei.y[999], nuclei.class[999]]).toEqual([999, 499.5, 234]);
});

test('what was built does not change when the builder goes on', () => {
  const builder = new NucleiBuilder();
  builder.push(1, 2, 3, 0.5);
  const nuclei = builder.build();
  builder.push(4, 5, 6, 0.75);
  expect([...nuclei.x]).toEqual([1]);
  expect([...builder.x]).toEqual([1, 4]);
});
