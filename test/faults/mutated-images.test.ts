/** A part of the pictures of `mutated-images.endurance.test.ts`, on both tiers. */
import { describe, expect, it } from 'vitest';
import { tiersForImages } from './image-tiers.ts';
import { tryImages } from './mutated-images.ts';

const COUNT = 210;
const tiers = await tiersForImages();

describe.each(Object.entries(tiers))('%s', (_, url) => {
  it(`answers or refuses ${COUNT} damaged pictures`, async () => {
    const { tried, answered, refused } = await tryImages(url, { count: COUNT });
    expect(tried).toBe(COUNT);
    expect(Math.min(answered, refused)).toBeGreaterThan(0);
  });
});
