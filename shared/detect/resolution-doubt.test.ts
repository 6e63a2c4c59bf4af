import { describe, expect, it } from 'vitest';
import { oracleEngine, type Seen } from '../../test/support/oracle-engine.ts';
import { testCard } from '../../test/support/test-card.ts';
import { modelDatasets } from '../datasets/model-datasets.ts';
import type { Raster } from '../image/raster.ts';
import { RasterSource } from '../image/raster-source.ts';
import { detect } from './detect.ts';
import type { DetectOptions } from './options.ts';
import { resolutionDoubt } from './resolution-doubt.ts';

const card = testCard({ window: { width: 96, height: 96, haloPx: 8 } });
const [SPOT_PX, PITCH_PX] = [12, 24];

/** Stained tissue with square nuclei of 6 um at 0.5 um per pixel. */
function tissue(side: number, hasNuclei = true): Raster {
  const data = new Uint8Array(side * side * 3);
  for (let i = 0; i < side * side; i++) {
    const isNucleus = (i % side) % PITCH_PX < SPOT_PX && Math.floor(i / side) % PITCH_PX < SPOT_PX;
    data.set(hasNuclei && isNucleus ? [60, 40, 110] : [215, 160, 200], 3 * i);
  }
  return { width: side, height: side, data };
}

/** Knows nuclei by their size, as a model does: runs of 9 to 16 dark pixels that begin below a bright one. */
function seeSized({ width, height, data }: Raster): Seen[] {
  const isDark = (x: number, y: number) => x < width && data[(y * width + x) * 3]! < 120;
  const seen: Seen[] = [];
  for (let y = 1; y < height; y++) {
    for (let x = 1; x < width; x++) {
      if (!isDark(x, y) || isDark(x - 1, y) || isDark(x, y - 1)) continue;
      let length = 1;
      while (isDark(x + length, y)) length += 1;
      if (length >= 9 && length <= 16)
        seen.push({ x: x + length / 2, y: y + 6, class: 0, logit: 4 });
    }
  }
  return seen;
}

async function warned(raster: Raster, options: Partial<DetectOptions>) {
  const engine = oracleEngine(card, { see: seeSized });
  const source = new RasterSource(raster, undefined);
  const { warnings } = await detect(source, { dataset: 'consep', ...options }, engine);
  return warnings.filter(({ code }) => code === 'HARDLY_ANY_NUCLEI');
}

describe('tissue with hardly any nuclei', () => {
  it('says which resolution would look like the pictures of the training', async () => {
    const [doubt] = await warned(tissue(1900), { mpp: 0.125 });
    expect(doubt?.detail).toMatch(/^0 nuclei were found in 0\.056 mm2 of tissue/);
    expect(doubt?.detail).toMatch(/At 0\.5 um per pixel the same places would have about \d{4}/);
  });

  it('is said to be of another kind where no resolution helps', async () => {
    const [doubt] = await warned(tissue(500, false), { mpp: 0.5 });
    expect(doubt?.detail).toMatch(/No other resolution makes them look like such pictures/);
  });

  it('costs no more than the run itself, and is said without a trial where that is too little', async () => {
    const small = oracleEngine(card, { see: seeSized });
    let runs = 0;
    const counted = {
      ...small,
      card,
      run: (...asked: Parameters<typeof small.run>) => {
        runs++;
        return small.run(...asked);
      },
    };
    const dataset = modelDatasets(card)[0]!;
    const found = { mpp: 0.5, areaMm2: 0.06, count: 0, dataset };
    const source = new RasterSource(tissue(500, false), undefined);
    for (const [windows, most, advice] of [
      [5, 0, /may be wrong: see whether/],
      [6, 6, /No other resolution/],
      [17, 12, /No other resolution/],
      [1000, 24, /No other resolution/],
    ] as const) {
      runs = 0;
      const [doubt] = await resolutionDoubt(source, { ...found, windows }, counted);
      expect(doubt?.detail).toMatch(advice);
      expect(runs).toBeLessThanOrEqual(most);
    }
  });

  it('is no matter at the right resolution, in little tissue, on glass or among some nuclei', async () => {
    expect(await warned(tissue(500), { mpp: 0.5 })).toEqual([]);
    expect(await warned(tissue(300), { mpp: 0.125 })).toEqual([]);
    const glass = { ...tissue(500), data: new Uint8Array(500 * 500 * 3).fill(245) };
    expect(await warned(glass, { mpp: 0.5 })).toEqual([]);
    const some = [{ threshold: 0.9 }, { classes: ['Epithelial'] }];
    for (const asked of some)
      expect(await warned(tissue(500, false), { mpp: 0.5, ...asked })).toEqual([]);
  });
});
