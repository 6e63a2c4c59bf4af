/**
 * The floor: `session.run` on the same windows with the same batch, one after the other, with every tensor in
 * memory before the clock starts and nothing done with what comes out.
 *
 * @module
 */
import { windowWriter } from '../../../shared/image/normalise.ts';
import { planeSize } from '../../../shared/image/resolution.ts';
import { planWindows } from '../../../shared/tiling/plan-windows.ts';
import { loadNativeEngine } from '../../../src-gpu/engine/native-engine.ts';
import { openSlide } from '../../../src-gpu/slide/open-slide.ts';
import { PIPELINE, passWhenTold } from './settings.ts';

const { model, dataset, batch, threads } = PIPELINE;
const engine = await loadNativeEngine(model, { threads });
const { card } = engine;
const slide = await openSlide(process.argv[2]!);
const plan = planWindows(planeSize(slide, slide.mpp!, card.mpp), card.window);
const floats = 3 * card.window.width * card.window.height;
const tensors = new Float32Array(plan.count * floats);
const write = windowWriter(card.normalisation, card.window);
for (const window of plan) write(await slide.read(window, plan.plane), tensors, window.index);
await slide.close();

const run = async (from: number) => {
  const to = Math.min(plan.count, from + batch);
  await engine.run(tensors.subarray(from * floats, to * floats), to - from, [dataset]);
};
await run(0);
await passWhenTold(async () => {
  for (let from = 0; from < plan.count; from += batch) await run(from);
  return plan.count;
});
await engine.close();
