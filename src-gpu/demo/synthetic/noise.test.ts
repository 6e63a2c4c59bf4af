import { describe, expect, it } from 'vitest';
import { Random } from '../../../shared/random.ts';
import { sampleNearest, smoothNoise } from './noise.ts';

describe('smoothNoise', () => {
  it.each([0.5, 1, 2.5, 7])('has zero mean and unit variance with cells of %d px', (cell) => {
    const { data } = smoothNoise(401, 397, cell, new Random(3, 0));
    const mean = data.reduce((a, b) => a + b) / data.length;
    const variance = data.reduce((a, b) => a + (b - mean) ** 2, 0) / data.length;
    expect(Math.abs(mean)).toBeLessThan(0.1);
    expect(Math.abs(variance - 1)).toBeLessThan(0.1);
  });

  it('is smooth over a cell and independent beyond a few', () => {
    const { data, width } = smoothNoise(500, 300, 8, new Random(5, 0));
    const correlation = (lag: number): number => {
      let sum = 0;
      let count = 0;
      for (let i = 0; i < data.length; i++) {
        if (i % width >= width - lag) continue;
        sum += data[i]! * data[i + lag]!;
        count++;
      }
      return sum / count;
    };
    expect(correlation(1)).toBeGreaterThan(0.95);
    expect(Math.abs(correlation(40))).toBeLessThan(0.1);
  });
});

describe('sampleNearest', () => {
  it('clamps to the plane', () => {
    const plane = { width: 2, height: 2, data: Float32Array.of(1, 2, 3, 4) };
    expect(sampleNearest(plane, -5, -5)).toBe(1);
    expect(sampleNearest(plane, 1.9, 0)).toBe(2);
    expect(sampleNearest(plane, 9, 9)).toBe(4);
  });
});
