import { describe, expect, it } from 'vitest';
import { Random } from '../../../shared/random.ts';
import { blurInPlace, exposeChannel, sharpenInPlace } from './optics.ts';

describe('blurInPlace', () => {
  it.each([
    [1, 1],
    [2, 7],
    [13, 5],
  ])('keeps the total light of %i x %i', (width, height) => {
    const random = new Random(1, 0);
    const light = Float32Array.from({ length: width * height }, () => random.uniform(0, 255));
    const before = light.reduce((a, b) => a + b);
    blurInPlace(light, width, height, 0.5);
    expect(light.reduce((a, b) => a + b)).toBeCloseTo(before, 1);
  });

  it('spreads a point as a Gaussian', () => {
    const light = new Float32Array(21 * 21);
    light[10 * 21 + 10] = 1;
    blurInPlace(light, 21, 21, 1.5);
    const ratio = light[10 * 21 + 12]! / light[10 * 21 + 10]!;
    expect(ratio).toBeCloseTo(Math.exp(-4 / (2 * 1.5 ** 2)), 5);
    expect(light[12 * 21 + 10]).toBeCloseTo(light[10 * 21 + 12]!, 9);
  });
});

describe('sharpenInPlace', () => {
  it('leaves flat light flat and overshoots at an edge', () => {
    const flat = new Float32Array(100).fill(80);
    sharpenInPlace(flat, 10, 10, 1.2, 0.8);
    for (const value of flat) expect(value).toBeCloseTo(80, 3);

    const edge = Float32Array.from({ length: 20 }, (_, x) => (x < 10 ? 50 : 200));
    sharpenInPlace(edge, 20, 1, 1.2, 0.8);
    expect(edge[9]!).toBeLessThan(49);
    expect(edge[10]!).toBeGreaterThan(201);
  });
});

describe('exposeChannel', () => {
  it('writes one channel and clips', () => {
    const out = new Uint8Array(9);
    exposeChannel(Float32Array.of(-40, 128, 900), 1, out, 0, new Random(1, 0));
    expect([...out]).toEqual([0, 0, 0, 0, 128, 0, 0, 255, 0]);
  });
});
