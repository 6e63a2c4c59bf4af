/**
 * A million nuclei from ten thousand windows that come in mixed order, merged: band, duplicates across
 * seams, reading order. Only the merger's own work is timed; each window's nuclei are made when its turn
 * comes.
 *
 * @module
 */
import { NucleiBuilder } from '../../../shared/nuclei/builder.ts';
import { NucleiMerger } from '../../../shared/nuclei/merge.ts';
import type { Nuclei } from '../../../shared/nuclei/nuclei.ts';
import { type Random, streamFor } from '../../../shared/random.ts';
import { type PlannedWindow, planWindows } from '../../../shared/tiling/plan-windows.ts';
import { peakRssMb, printPart } from '../report.ts';

const WINDOWS_PER_SIDE = 100;
const NUCLEI_PER_WINDOW = 100;
const SHAPE = { width: 256, height: 256, haloPx: 32 };
/** 3 um at 0.5 um per pixel. */
const SUPPRESSION_RADIUS_PX = 6;
/** Coprime to the number of windows, so that steps of it visit each window once. */
const STRIDE = 7919;

const side = SHAPE.width + (WINDOWS_PER_SIDE - 1) * (SHAPE.width - 2 * SHAPE.haloPx);
const plan = planWindows({ width: side, height: side }, SHAPE);
if (plan.count !== WINDOWS_PER_SIDE ** 2) throw new Error(`${plan.count} windows were planned.`);

const startRss = peakRssMb();
const random = streamFor(1, 'merge');
const merger = new NucleiMerger(plan.level, SUPPRESSION_RADIUS_PX);
let ms = 0;
for (let i = 0; i < plan.count; i++) {
  const window = plan.at((i * STRIDE) % plan.count);
  const nuclei = nucleiIn(window, random);
  const start = performance.now();
  merger.add(window.core, nuclei);
  ms += performance.now() - start;
}
const start = performance.now();
const merged = merger.finish();
ms += performance.now() - start;
const total = plan.count * NUCLEI_PER_WINDOW;
if (merged.length >= total || merged.length < 0.9 * total) {
  throw new Error(`${merged.length} of ${total} nuclei were left; some duplicates should be gone.`);
}
printPart({
  figures: {
    merge_1m_s: ms / 1000,
    merge_1m_rss_mb: peakRssMb(),
    merge_1m_rss_growth_mb: peakRssMb() - startRss,
  },
});

function nucleiIn({ core }: PlannedWindow, random: Random): Nuclei {
  const nuclei = new NucleiBuilder(NUCLEI_PER_WINDOW);
  for (let i = 0; i < NUCLEI_PER_WINDOW; i++) {
    const x = random.uniform(core.x, core.x + core.width);
    const y = random.uniform(core.y, core.y + core.height);
    nuclei.push(x, y, i % 3, random.uniform(0.3, 1));
  }
  return nuclei.build();
}
