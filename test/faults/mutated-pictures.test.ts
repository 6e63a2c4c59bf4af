/** A part of the pictures of `mutated-pictures.endurance.test.ts`, on both tiers. */
import { describe, expect, it } from 'vitest';
import { tryPictures } from './mutated-pictures.ts';
import { tiersForPictures } from './picture-tiers.ts';

const COUNT = 210;
const tiers = await tiersForPictures();

describe.each(Object.entries(tiers))('%s', (_, url) => {
  it(`answers or refuses ${COUNT} damaged pictures`, async () => {
    const { tried, answered, refused } = await tryPictures(url, { count: COUNT });
    expect(tried).toBe(COUNT);
    expect(Math.min(answered, refused)).toBeGreaterThan(0);
  });
});
