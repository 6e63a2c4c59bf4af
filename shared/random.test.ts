import { describe, expect, it } from 'vitest';
import { Random, streamFor } from './random.ts';

describe('Random', () => {
  it.each([
    // From PractRand's sfc32 in C: seed(Uint64), then raw32() four times.
    [0x1, 0x0, [2012149540, 1872316204, 1707632675, 1779833415]],
    [0x9abcdef0, 0x12345678, [1837977195, 2290785855, 3378035689, 3974651170]],
  ])('is sfc32 for the seed (%i, %i)', (low, high, expected) => {
    const random = new Random(low, high);
    expect(expected.map(() => random.bits())).toEqual(expected);
  });

  it.each([
    ['normal', (random: Random) => random.normal()],
    ['triangular', (random: Random) => random.triangular()],
  ])('%s has zero mean and unit variance', (_, draw) => {
    const random = new Random(7, 0);
    const values = Array.from({ length: 40_000 }, () => draw(random));
    const mean = values.reduce((a, b) => a + b) / values.length;
    const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length;
    expect(Math.abs(mean)).toBeLessThan(0.02);
    expect(Math.abs(variance - 1)).toBeLessThan(0.03);
  });
});

describe('streamFor', () => {
  it('gives another stream for another purpose or seed, and the same for the same', () => {
    const first = (seed: number, purpose: string): number => streamFor(seed, purpose).bits();
    expect(first(1, 'glands')).toBe(first(1, 'glands'));
    const seeds = [0, 1, -1, 2 ** 32, 2 ** 32 + 1, Number.MAX_SAFE_INTEGER];
    const firsts = seeds.flatMap((seed) => [first(seed, 'glands'), first(seed, 'vessels')]);
    expect(new Set(firsts).size).toBe(firsts.length);
  });
});
