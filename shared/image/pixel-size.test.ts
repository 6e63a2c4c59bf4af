import { describe, expect, it } from 'vitest';
import { mppOfPixel, notSquareWarnings } from './pixel-size.ts';

describe('pixels that are not square', () => {
  it('count by their area', () => {
    expect(mppOfPixel({ x: 0.5, y: 0.5 })).toBe(0.5);
    expect(mppOfPixel({ x: 0.5, y: 0.25 })! ** 2).toBeCloseTo(0.125, 12);
    for (const size of [0, -1, Number.NaN, 20]) {
      expect(mppOfPixel({ x: 0.5, y: size })).toBeUndefined();
    }
  });

  it('are said from 1 % on', () => {
    expect(notSquareWarnings('It', { x: 0.5, y: 0.504 })).toEqual([]);
    expect(notSquareWarnings('It', { x: 0.5, y: 0.25 })).toMatchObject([
      { code: 'PIXELS_NOT_SQUARE', detail: expect.stringMatching(/0\.5 x 0\.25 um/) },
    ]);
  });
});
