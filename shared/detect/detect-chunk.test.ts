import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  glass,
  oracleEngine,
  plantPixel,
  type Seen,
  seePixels,
} from '../../test/support/oracle-engine.ts';
import { testCard } from '../../test/support/test-card.ts';
import { routeDatasets } from '../datasets/routing.ts';
import { RasterSource } from '../image/raster-source.ts';
import { sizeAtMpp } from '../image/resolution.ts';
import type { Region, Size } from '../image/source.ts';
import { joinChunks, settleOpen } from '../nuclei/chunk-nuclei.ts';
import type { Nuclei } from '../nuclei/nuclei.ts';
import { planChunks } from '../tiling/plan-chunks.ts';
import { planWindows, selectWindows } from '../tiling/plan-windows.ts';
import type { RegionFilter } from '../tiling/region-filter.ts';
import { detect } from './detect.ts';
import { detectChunk } from './detect-chunk.ts';
import type { DetectOptions } from './options.ts';
import { resultFilter } from './result-filter.ts';
import { windowsToRun } from './windows-to-run.ts';

const card = testCard();
const options = { dataset: ['consep', 'ocelot'], mpp: 0.5 };

/** As models do: what a window says of a nucleus depends on where it lies in the window. */
const unsteady = (window: Parameters<typeof seePixels>[0]): Seen[] =>
  seePixels(window).map((s) => ({
    ...s,
    x: s.x + ((s.x * 7) % 5) - 2,
    y: s.y + ((s.y * 5) % 5) - 2,
    logit: s.logit + ((s.x + s.y) % 4) / 8,
  }));
const engine = oracleEngine(card, { see: unsteady, queries: 200 });

/** Nuclei anywhere, so crowded that they suppress one another along chains. */
const crowded = fc
  .record({ width: fc.integer({ min: 1, max: 130 }), height: fc.integer({ min: 1, max: 130 }) })
  .chain(({ width, height }) => {
    const spot = fc.record({
      x: fc.nat(width - 1),
      y: fc.nat(height - 1),
      class: fc.nat(2),
      level: fc.integer({ min: 1, max: 90 }),
    });
    return fc.array(spot, { maxLength: 400, size: 'max' }).map((spots) => {
      const image = glass(width, height);
      for (const { x, y, class: k, level } of spots) plantPixel(image, x, y, k, level);
      return image;
    });
  });

/** Everything inside a rectangle of the image. */
function box(inside: Region, image: Size): RegionFilter {
  const right = inside.x + inside.width;
  const bottom = inside.y + inside.height;
  return {
    contains: (x, y) => x >= inside.x && x < right && y >= inside.y && y < bottom,
    areaPx: 1,
    touches: ({ x, y, width, height }, target) => {
      const [sx, sy] = [image.width / target.width, image.height / target.height];
      return (
        x * sx < right &&
        (x + width) * sx > inside.x &&
        y * sy < bottom &&
        (y + height) * sy > inside.y
      );
    },
  };
}

async function inChunks(
  source: RasterSource,
  chunkPx: number,
  asked: DetectOptions,
): Promise<Nuclei[]> {
  const target = sizeAtMpp(source, asked.mpp!, card.mpp);
  const routes = routeDatasets(asked.dataset, card);
  const plan = planWindows(target, card.window);
  const wanted = new Set(
    [...windowsToRun(plan, card.mpp, routes, asked.regions)].map((w) => w.index),
  );
  const chunks = planChunks(plan, chunkPx);
  const found: Awaited<ReturnType<typeof detectChunk>>[] = [];
  for (const chunk of chunks) {
    const windows = selectWindows(plan, chunks.windowsOf(chunk), (w) => wanted.has(w.index));
    found.push(
      await detectChunk(source, { core: chunk.core, windows, routes, options: {} }, engine),
    );
  }
  const scale = { x: source.width / target.width, y: source.height / target.height };
  return routes.map(({ dataset }, i) => {
    const parts = found.map((results) => results[i]!);
    const open = parts.map((part) => part.open);
    const survives = settleOpen(open, dataset.suppressionRadiusUm / card.mpp);
    return resultFilter(dataset, asked)(joinChunks(parts, survives, scale));
  });
}

describe('detectChunk', () => {
  test('chunk by chunk gives exactly what the whole picture gives', async () => {
    const cases = [
      crowded,
      fc.integer({ min: 1, max: 140 }),
      fc.constantFrom(0.5, 0.31, 0.8),
    ] as const;
    await fc.assert(
      fc.asyncProperty(...cases, async (image, chunkPx, mpp) => {
        const source = new RasterSource(image);
        const { results } = await detect(source, { ...options, mpp }, engine);
        const chunked = await inChunks(source, chunkPx, { ...options, mpp });
        expect(chunked).toEqual(results.map(({ nuclei }) => nuclei));
      }),
      { numRuns: 40 },
    );
  });

  test('so it does in a region, for some classes', async () => {
    const side = fc.nat(130);
    const region = fc.record({ x: side, y: side, width: side, height: side });
    await fc.assert(
      fc.asyncProperty(
        crowded,
        region,
        fc.integer({ min: 1, max: 140 }),
        async (image, r, chunkPx) => {
          fc.pre(r.x < image.width && r.y < image.height && r.width > 0 && r.height > 0);
          const source = new RasterSource(image);
          const regions = box(r, image);
          const asked = { ...options, regions, classes: ['epithelial'] };
          const { results } = await detect(source, asked, engine);
          const chunked = await inChunks(source, chunkPx, asked);
          expect(chunked).toEqual(results.map(({ nuclei }) => nuclei));
          for (const { nuclei } of results) {
            expect([...nuclei.x].every((x, i) => regions.contains(x, nuclei.y[i]!))).toBe(true);
          }
        },
      ),
      { numRuns: 40 },
    );
  });
});

describe('regions of a picture', () => {
  const image = glass(300, 300);
  for (let x = 2; x < 300; x += 9) for (let y = 2; y < 300; y += 9) plantPixel(image, x, y, 1, 50);
  const source = new RasterSource(image);
  const steady = oracleEngine(card);

  test('give the nuclei inside, and only the windows near them are run', async () => {
    const regions = box({ x: 100, y: 50, width: 60, height: 40 }, image);
    const whole = await detect(source, options, steady);
    const part = await detect(source, { ...options, regions }, steady);
    const [all, inside] = [whole.results[0]!.nuclei, part.results[0]!.nuclei];
    const expected = [...all.x.keys()].filter((i) => regions.contains(all.x[i]!, all.y[i]!));
    expect(expected.length).toBeGreaterThan(20);
    expect([...inside.x]).toEqual(expected.map((i) => all.x[i]));
    expect(part.windows).toBeLessThan(whole.windows / 5);
  });

  test('outside the picture are refused', async () => {
    const regions = box({ x: 400, y: 0, width: 10, height: 10 }, image);
    await expect(detect(source, { ...options, regions }, steady)).rejects.toMatchObject({
      code: 'INVALID_OPTIONS',
      message: expect.stringContaining('No region asked for lies within the picture.'),
    });
  });
});
