/**
 * How fast one model runs here: bare, for several batches, with windows in memory; then end to end, from a JPEG
 * pyramid to nuclei; and whether it gives the same bits in every batch and after every start.
 *
 * @module
 */
import { detect } from '../../../shared/detect/detect.ts';
import type { Engine } from '../../../shared/engine/engine.ts';
import { windowWriter } from '../../../shared/image/normalise.ts';
import { sizeAtMpp } from '../../../shared/image/resolution.ts';
import { planWindows } from '../../../shared/tiling/plan-windows.ts';
import { loadNativeEngine, type Provider } from '../../../src-gpu/engine/native-engine.ts';
import { openEngineHost } from '../../../src-gpu/engine/open-engine-host.ts';
import { openSlide } from '../../../src-gpu/slides/open-slide.ts';
import { type Figures, median, printPart } from '../report.ts';

/** What is asked for, as JSON in the only argument. */
export interface ModelRun {
  readonly model: string;
  readonly provider: Provider;
  readonly slide: string;
  readonly batches: readonly number[];
  /** How long each batch size runs at least. */
  readonly seconds: number;
}

const { model, provider, slide: path, batches, seconds } = JSON.parse(process.argv[2]!) as ModelRun;
const slide = await openSlide(path);
const { windows, card } = await readWindows(Math.max(...batches));
const dataset = card.datasets[0]!.id;
const floats = 3 * card.window.width * card.window.height;
const first = (count: number) => windows.subarray(0, count * floats);

const bare = await sweep();
const [bestBatch, bestRate] = [...bare].sort(([, a], [, b]) => b - a)[0]!;
const whole = await endToEnd(bestBatch);
await slide.close();
const sweepFigures = [...bare].map(([batch, rate]) => [`batch_${batch}_windows_per_s`, rate]);
printPart({
  figures: {
    ...(Object.fromEntries(sweepFigures) as Figures),
    best_batch: bestBatch,
    bare_windows_per_s: bestRate,
    end_to_end_windows_per_s: whole.windowsPerS,
    end_to_end_vs_bare: bestRate / whole.windowsPerS,
    mm2_per_s: whole.mm2PerS,
    busy_ratio: whole.busyRatio,
    ...(await differences()),
  },
});

/** The first windows of the slide as the model takes them; again from the first when there are fewer. */
async function readWindows(count: number) {
  const engine = await loadNativeEngine(model);
  const { card } = engine;
  await engine.close();
  const plan = planWindows(sizeAtMpp(slide, slide.mpp!, card.mpp), card.window);
  const windows = new Float32Array(count * 3 * card.window.width * card.window.height);
  const write = windowWriter(card.normalisation, card.window);
  for (let slot = 0; slot < count; slot++) {
    write(await slide.read(plan.at(slot % plan.count), plan.level), windows, slot);
  }
  return { windows, card };
}

/** Windows per second by batch; a batch that the memory does not hold ends it. */
async function sweep(): Promise<ReadonlyMap<number, number>> {
  const engine = await loadNativeEngine(model, { provider });
  const rates = new Map<number, number>();
  for (const batch of batches) {
    const rate = await rateOf(engine, batch).catch((error: Error) => {
      if (rates.size === 0) throw error;
      console.error(`A batch of ${batch} windows does not run: ${error.message}`);
    });
    if (rate === undefined) break;
    rates.set(batch, rate);
  }
  await engine.close();
  return rates;
}

async function rateOf(engine: Engine, batch: number): Promise<number> {
  const run = () => engine.run(first(batch), batch, [dataset]);
  // The first run of a shape chooses kernels and makes room.
  await run();
  const laps: number[] = [];
  const startedMs = performance.now();
  do {
    const lapMs = performance.now();
    await run();
    laps.push(performance.now() - lapMs);
  } while (performance.now() - startedMs < 1000 * seconds || laps.length < 3);
  return (1000 * batch) / median(laps);
}

async function endToEnd(maxBatch: number) {
  const host = await openEngineHost({ model, ep: provider, maxBatch, sessions: 1 });
  const pass = async () => {
    const startedMs = performance.now();
    const { windows, image, mpp } = await detect(slide, { dataset }, host.engine('job'));
    const passSeconds = (performance.now() - startedMs) / 1000;
    const mm2 = image.width * image.height * (mpp.value / 1000) ** 2;
    return { windows, passSeconds, mm2 };
  };
  await pass();
  const before = host.stats();
  const { windows, passSeconds, mm2 } = await pass();
  const busy = host.stats().busySeconds - before.busySeconds;
  await host.close();
  return {
    windowsPerS: windows / passSeconds,
    mm2PerS: mm2 / passSeconds,
    busyRatio: busy / passSeconds,
  };
}

/** The largest differences of a logit between batches, and between two starts; 0 is the same to the bit. */
async function differences(): Promise<Figures> {
  const count = Math.min(4, ...batches.filter((batch) => batch > 1));
  const logits = async (engine: Engine, batch: number) =>
    (await engine.run(first(batch), batch, [dataset]))[0]!.logits;
  const one = await loadNativeEngine(model, { provider });
  const together = await logits(one, count);
  const alone = await logits(one, 1);
  const again = await logits(one, count);
  await one.close();
  const other = await loadNativeEngine(model, { provider });
  const restarted = await logits(other, count);
  await other.close();
  return {
    difference_between_batches: largestDifference(together, alone),
    difference_between_runs: largestDifference(together, again),
    difference_between_starts: largestDifference(together, restarted),
  };
}

/** Over the values that both have. */
function largestDifference(a: Float32Array, b: Float32Array): number {
  let largest = 0;
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    largest = Math.max(largest, Math.abs(a[i]! - b[i]!));
  }
  return largest;
}
