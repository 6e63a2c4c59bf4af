/** Ten thousand damaged pictures of every kind, on both tiers. `IMAGES_SEED` makes them other ones. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { tiersForImages } from './image-tiers.ts';
import { SEED, tryImages } from './mutated-images.ts';

const IMAGES = 10_000;
const PART = 2000;
/** What a service may hold more after thousands of pictures than after the first part. */
const MAX_GROWTH_BYTES = 64 * 2 ** 20;
const tiers = await tiersForImages();
const parts = Array.from({ length: IMAGES / PART }, (_, i) => i * PART);

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Of this process, in which the service runs; the edge has one of its own, whose memory has a bound. */
function heldBytes(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

describe.each(Object.entries(tiers))('%s', (tier, url) => {
  let early: number | undefined;

  it.each(parts)(
    `answers or refuses damaged pictures from number %i of seed ${SEED}`,
    async (first) => {
      const { tried, ...outcomes } = await tryImages(url, { first, count: PART });
      expect(tried).toBe(PART);
      const held = heldBytes();
      const megabytes = Math.round(held / 1e6);
      console.log(`${tier}, ${tried} from ${first}:`, JSON.stringify({ ...outcomes, megabytes }));
      early ??= held;
      expect(held - early).toBeLessThan(MAX_GROWTH_BYTES);
    },
  );
});
