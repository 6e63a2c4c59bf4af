import { describe, expect, it } from 'vitest';
import {
  glass,
  type OracleOptions,
  oracleEngine,
  plantPixel,
  seeSpots,
} from '../../test/support/oracle-engine.ts';
import { testCard } from '../../test/support/test-card.ts';
import { detect } from '../detect/detect.ts';
import type { ModelCard } from '../engine/card.ts';
import type { Raster } from '../image/raster.ts';
import { RasterSource } from '../image/raster-source.ts';
import type { Nuclei } from '../nuclei/nuclei.ts';
import { detectOfficial } from './detect-official.ts';

/** The authors' model, as a test sees it: spots of darkness in tiles of 250 pixels that it gets at 800. */
const official = testCard({
  protocol: 'official',
  mpp: 0.15625,
  window: { width: 800, height: 800, haloPx: 0 },
});

const placesOf = ({ x, y, class: classes }: Nuclei) =>
  Array.from(x, (_, i) => [x[i]!, y[i]!, classes[i]!]);

const run = (
  image: Raster,
  card: ModelCard,
  options: { dataset?: string; mpp?: number; threshold?: number; classes?: string[] } = {},
  oracle: OracleOptions = {},
) =>
  detectOfficial(
    new RasterSource(image),
    { dataset: 'consep', mpp: 0.5, ...options },
    oracleEngine(card, oracle),
  );

function blacken(image: Raster, left: number, top: number, size: number): void {
  for (let y = top; y < top + size; y++) {
    image.data.fill(0, (y * image.width + left) * 3, (y * image.width + left + size) * 3);
  }
}

describe('detectOfficial with the authors’ model', () => {
  const image = glass(500, 500);
  for (const [x, y] of [
    [10, 20],
    [300, 40],
    [400, 410],
  ] as const) {
    blacken(image, x - 3, y - 3, 6);
  }
  const see = { see: seeSpots };

  it('shows it every tile once, resized, and puts the nuclei back', async () => {
    const { results, windows, protocol, warnings, level } = await run(image, official, {}, see);
    expect({ windows, protocol, warnings }).toEqual({
      windows: 4,
      protocol: 'official',
      warnings: [],
    });
    expect(level).toEqual({ width: 1600, height: 1600 });
    const places = placesOf(results[0]!.nuclei);
    expect(places).toHaveLength(3);
    for (const [i, [x, y]] of [
      [10, 20],
      [300, 40],
      [400, 410],
    ].entries()) {
      expect(Math.hypot(places[i]![0]! - x!, places[i]![1]! - y!)).toBeLessThan(0.05);
    }
    expect(results[0]!.threshold).toBe(0.5);
  });

  it('finds a nucleus on a border in both tiles: nothing is merged', async () => {
    const seam = glass(500, 250);
    blacken(seam, 246, 100, 8);
    const { results } = await run(seam, official, {}, see);
    const places = placesOf(results[0]!.nuclei);
    expect(places).toHaveLength(2);
    expect(places[0]![0]).toBeLessThan(250);
    expect(places[1]![0]).toBeGreaterThanOrEqual(250);
  });

  it('runs it once per tile for datasets that share tiles, and anew for others', async () => {
    const calls: string[][] = [];
    const large = glass(1024, 1024);
    const card = testCard({ ...official });
    const options = { dataset: 'consep,ocelot', mpp: 0.2 };
    const onRun = ({ datasets }: { datasets: readonly string[] }) => {
      calls.push([...datasets]);
    };
    const { windows, warnings } = await run(large, card, options, { see: () => [], onRun });
    // 4 x 4 tiles of 256 for CoNSeP, 2 x 2 of 512 for OCELOT.
    expect(windows).toBe(20);
    expect(calls.filter(([id]) => id === 'consep')).toHaveLength(16);
    expect(calls.filter(([id]) => id === 'ocelot')).toHaveLength(4);
    expect(warnings).toEqual([
      { code: 'MPP_NOT_NATIVE', detail: expect.stringMatching(/0.2 um each.*consep have 0.5/) },
    ]);
  });

  it('refuses a picture with a tile that its graph cannot take, before it runs', async () => {
    const calls: unknown[] = [];
    const onRun = () => void calls.push(1);
    await expect(run(glass(333, 250), official, {}, { onRun })).rejects.toMatchObject({
      code: 'IMAGE_UNSUPPORTED',
      message: expect.stringMatching(/tile of 333 x 250 .* sees as 1066 x 800; .* take 800 x 800/),
    });
    expect(calls).toEqual([]);
    const wide = testCard({ ...official, window: { width: 1066, height: 800, haloPx: 0 } });
    expect((await run(glass(333, 250), wide, {}, { see: () => [] })).windows).toBe(1);
  });

  it('shows tiles of every shape to a model whose graph takes any size', async () => {
    const any = testCard({
      ...official,
      window: { width: 800, height: 800, haloPx: 0, anySize: true },
    });
    const sizes: unknown[] = [];
    const onRun = ({ size }: { size: unknown }) => void sizes.push(size);
    const tile = glass(333, 250);
    blacken(tile, 297, 200, 6);
    const { results } = await run(tile, any, {}, { ...see, onRun });
    expect(sizes).toEqual([{ width: 1066, height: 800 }]);
    const [[x, y]] = placesOf(results[0]!.nuclei) as [[number, number]];
    expect(Math.hypot(x - 300, y - 203)).toBeLessThan(0.05);
  });

  it('keeps the classes asked for, and says when the tile was too crowded', async () => {
    const crowd = Array.from({ length: 301 }, (_, i) => ({
      x: 2 * i,
      y: 400,
      class: i % 3,
      logit: 1 + i / 100,
    }));
    const card = testCard({ ...official, queries: 400 });
    const options = { classes: ['epithelial'] };
    const found = await run(glass(250, 250), card, options, { see: () => crowd });
    expect(found.results[0]!.nuclei.length).toBe(100);
    expect(found.warnings).toMatchObject([
      { code: 'QUERIES_SATURATED', detail: expect.stringMatching(/in 1 of 1 windows/) },
    ]);
  });
});

describe('detectOfficial with any other model', () => {
  const card = testCard();

  it('sees a tile as a picture of its own, at the resolution of the model', async () => {
    const image = glass(500, 250);
    // The two are 2 pixels apart: one nucleus to the default protocol, which merges across windows.
    plantPixel(image, 249, 100, 0, 20);
    plantPixel(image, 251, 100, 1, 30);
    plantPixel(image, 30, 30, 2, 10);
    const { results, windows, level } = await run(image, card);
    expect(placesOf(results[0]!.nuclei)).toEqual([
      [30.5, 30.5, 2],
      [249.5, 100.5, 0],
      [251.5, 100.5, 1],
    ]);
    expect(level).toEqual({ width: 500, height: 250 });
    const source = new RasterSource(image);
    const own = await detect(source, { dataset: 'consep', mpp: 0.5 }, oracleEngine(card));
    expect(placesOf(own.results[0]!.nuclei)).toEqual([
      [30.5, 30.5, 2],
      [251.5, 100.5, 1],
    ]);
    // Two tiles of 250 x 250 in windows of 32 with a halo of 6: 12 x 12 each.
    expect(windows).toBe(2 * 12 * 12);
  });

  it('keeps scores above 0.5 whatever the card says, or above the threshold asked for', async () => {
    const image = glass(64, 64);
    plantPixel(image, 10, 10, 0, 0);
    plantPixel(image, 30, 10, 0, 1);
    plantPixel(image, 50, 10, 0, 30);
    const count = async (threshold?: number) =>
      (await run(image, card, threshold === undefined ? {} : { threshold })).results[0]!.nuclei
        .length;
    expect(await count()).toBe(2);
    expect(await count(0.9)).toBe(1);
    expect(await count(0.4)).toBe(3);
  });
});

it('stops between tiles when it is asked to, and reports progress by tile', async () => {
  const stop = new AbortController();
  const seen: number[][] = [];
  const options = {
    dataset: 'consep',
    mpp: 0.5,
    signal: stop.signal,
    onProgress: (done: number, total: number) => {
      seen.push([done, total]);
      if (done === 2) stop.abort();
    },
  };
  const engine = oracleEngine(official, { see: () => [] });
  await expect(
    detectOfficial(new RasterSource(glass(500, 500)), options, engine),
  ).rejects.toMatchObject({ code: 'CANCELED' });
  expect(seen).toEqual([
    [0, 4],
    [1, 4],
    [2, 4],
  ]);
});
