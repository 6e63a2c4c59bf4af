import { expect, test } from 'vitest';
import { otsuThreshold } from './otsu.ts';

test('parts two heaps between them', () => {
  const histogram = new Uint32Array(256);
  for (let value = 0; value < 20; value++) histogram[value] = 1000 - 10 * value;
  for (let value = 100; value < 160; value++) histogram[value] = 30;
  const threshold = otsuThreshold(histogram);
  expect(threshold).toBeGreaterThan(19);
  expect(threshold).toBeLessThanOrEqual(100);
});

test('has nothing to part in one value, or in none', () => {
  const histogram = new Uint32Array(256);
  expect(otsuThreshold(histogram)).toBe(0);
  histogram[7] = 12;
  expect(otsuThreshold(histogram)).toBe(0);
});
