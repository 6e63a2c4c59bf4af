import { describe, expect, it } from 'vitest';
import { Random } from '../../../shared/random.ts';
import { slideColours, stainPlanes, transmittedLight } from './stain.ts';

describe('transmittedLight', () => {
  const colours = slideColours(new Random(1, 0));

  it('is the glass where there is no stain', () => {
    const planes = stainPlanes(1, 1, 0.5);
    expect([0, 1, 2].map((c) => transmittedLight(planes, colours, c as 0 | 1 | 2)[0])).toEqual([
      ...colours.glass,
    ]);
  });

  it('follows Beer and Lambert: twice the stain, the square of what passes', () => {
    const planes = stainPlanes(2, 1, 0.5);
    planes.haematoxylin.set([0.4, 0.8]);
    planes.chromatin.set([0.1, 0.2]);
    planes.eosin.set([0.3, 0.6]);
    planes.blood.set([0.05, 0.1]);
    for (const channel of [0, 1, 2] as const) {
      const [once, twice] = transmittedLight(planes, colours, channel);
      const glass = colours.glass[channel];
      expect(twice! / glass).toBeCloseTo((once! / glass) ** 2, 5);
    }
  });
});

describe('slideColours', () => {
  it('stays near the measured stains on every slide', () => {
    for (let seed = 0; seed < 50; seed++) {
      const { haematoxylin, eosin } = slideColours(new Random(seed, 9));
      // Haematoxylin takes red light, eosin leaves it: what makes one blue and the other pink.
      expect(haematoxylin[0] / haematoxylin[1]).toBeGreaterThan(0.6);
      expect(eosin[0] / eosin[1]).toBeLessThan(0.55);
    }
  });
});
