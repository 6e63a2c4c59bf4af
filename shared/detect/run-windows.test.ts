import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { glass, oracleEngine, plantPixel } from '../../test/support/oracle-engine.ts';
import { testCard } from '../../test/support/test-card.ts';
import type { Engine, EngineFeed } from '../engine/engine.ts';
import { RasterSource } from '../image/raster-source.ts';
import { detect } from './detect.ts';

const card = testCard();
const image = glass(200, 150);
for (let i = 0; i < 900; i++) plantPixel(image, (i * 37) % 200, (i * 53) % 150, i % 3, 40);
const source = new RasterSource(image, 0.5);
const options = { dataset: 'consep' } as const;

/** An engine with a thread of its own: a run takes a while and reads its windows when it ends. */
function threaded(feed: Omit<EngineFeed, 'allocate'>, fail?: (run: number) => void) {
  const inner = oracleEngine(card);
  const seen = { runs: 0, underWay: 0, most: 0, allocated: 0 };
  let last = Promise.resolve();
  const engine: Engine = {
    ...inner,
    feed: {
      ...feed,
      allocate: (floats) => {
        seen.allocated += 1;
        return new Float32Array(floats);
      },
    },
    async run(...batch) {
      const run = seen.runs++;
      seen.most = Math.max(seen.most, ++seen.underWay);
      const before = last;
      let end = () => {};
      last = new Promise((resolve) => {
        end = resolve;
      });
      try {
        await before;
        await sleep(1);
        fail?.(run);
        return await inner.run(...batch);
      } finally {
        seen.underWay -= 1;
        end();
      }
    },
  };
  return { engine, seen };
}

describe('runPlane', () => {
  test('gives the same nuclei however the engine is fed', async () => {
    const expected = await detect(source, options, oracleEngine(card));
    const feeds = fc.record({
      batch: fc.integer({ min: 1, max: 12 }),
      runs: fc.integer({ min: 1, max: 4 }),
    });
    await fc.assert(
      fc.asyncProperty(feeds, async (feed) => {
        const { engine, seen } = threaded(feed);
        const got = await detect(source, options, engine);
        expect(got.results[0]!.nuclei).toEqual(expected.results[0]!.nuclei);
        expect(seen.runs).toBe(Math.ceil(got.windows / feed.batch));
        expect(seen.most).toBe(Math.min(feed.runs, seen.runs));
        expect(seen.allocated).toBe(Math.min(feed.runs + 1, seen.runs));
      }),
      { numRuns: 25 },
    );
  });

  test('leaves no run behind when one fails', async () => {
    const { engine, seen } = threaded({ batch: 2, runs: 3 }, (run) => {
      if (run === 2) throw new Error('out of memory');
    });
    await expect(detect(source, options, engine)).rejects.toThrow('out of memory');
    expect(seen.underWay).toBe(0);
  });

  test('leaves no run behind when the caller stops', async () => {
    const abort = new AbortController();
    const { engine, seen } = threaded({ batch: 2, runs: 3 }, (run) => {
      if (run === 1) abort.abort();
    });
    const stopped = detect(source, { ...options, signal: abort.signal }, engine);
    await expect(stopped).rejects.toMatchObject({ code: 'CANCELED' });
    expect(seen.underWay).toBe(0);
    expect(seen.runs).toBeLessThan(6);
  });
});
