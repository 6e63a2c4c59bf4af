/**
 * The floor: `session.run` on the same windows with the same batch, in as many threads as the engine host has,
 * each taking the next batch when it is through with one; with every tensor in memory before the clock starts and
 * nothing done with what comes out.
 *
 * @module
 */
import { windowWriter } from '../../../shared/image/normalise.ts';
import { sizeAtMpp } from '../../../shared/image/resolution.ts';
import { planWindows } from '../../../shared/tiling/plan-windows.ts';
import { sharedFloats } from '../../../src-gpu/engine/batch-tensor.ts';
import { type ModelThread, startModelThread } from '../../../src-gpu/engine/model-thread.ts';
import { checkModel } from '../../../src-gpu/engine/native-engine.ts';
import { openSlide } from '../../../src-gpu/slides/open-slide.ts';
import { PIPELINE, passWhenTold } from './settings.ts';

const { model, dataset, batch, threads: sessions } = PIPELINE;
const checked = await checkModel(model, { threads: 1 });
const threads: ModelThread[] = [];
for (let i = 0; i < sessions; i++) threads.push(await startModelThread(checked));
const { card } = checked;
const slide = await openSlide(process.argv[2]!);
const plan = planWindows(sizeAtMpp(slide, slide.mpp!, card.mpp), card.window);
const floats = 3 * card.window.width * card.window.height;
const tensors = sharedFloats(plan.count * floats);
const write = windowWriter(card.normalisation, card.window);
for (const window of plan) write(await slide.read(window, plan.level), tensors, window.index);
await slide.close();

const run = async (thread: ModelThread, from: number) => {
  const to = Math.min(plan.count, from + batch);
  const windows = tensors.subarray(from * floats, to * floats);
  await thread.run({ windows, batch: to - from, datasets: [dataset], size: card.window });
};
await Promise.all(threads.map((thread) => run(thread, 0)));
await passWhenTold(async () => {
  let next = 0;
  const takeAll = async (thread: ModelThread) => {
    while (next < plan.count) {
      const from = next;
      next += batch;
      await run(thread, from);
    }
  };
  await Promise.all(threads.map(takeAll));
  return plan.count;
});
await Promise.all(threads.map((thread) => thread.close()));
