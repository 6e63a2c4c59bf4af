/**
 * A finished job with as many nuclei as asked for, without running a model: its slide, its plan and its chunk
 * files are written as a service would have left them.
 *
 * @module
 */
import { join } from 'node:path';
import type { Region } from '../../../shared/image/source.ts';
import { NucleiBuilder } from '../../../shared/nuclei/builder.ts';
import type { Nuclei } from '../../../shared/nuclei/nuclei.ts';
import { openFsBlobStore } from '../../../src-gpu/blobs/fs-blob-store.ts';
import { ChunkFolder } from '../../../src-gpu/chunks/chunk-folder.ts';
import { planJob } from '../../../src-gpu/chunks/plan-job.ts';
import { PlanLayout } from '../../../src-gpu/chunks/plan-layout.ts';
import { findModel } from '../../../src-gpu/engine/model-store.ts';
import { jobFolder, planKey } from '../../../src-gpu/jobs/job-keys.ts';
import { startState } from '../../../src-gpu/jobs/job-state.ts';
import { newRecord } from '../../../src-gpu/jobs/new-record.ts';
import { doneChunks } from '../../../src-gpu/jobs/runner/done-chunks.ts';
import { openSqliteStore } from '../../../src-gpu/jobs/store/sqlite-store.ts';
import { openSlide } from '../../../src-gpu/slides/open-slide.ts';
import { writeEndlessSlide } from '../pipeline/endless-slide.ts';

/** Of the slide, at 0.25 um per pixel: 10 x 7.7 mm. */
const SIZE = { width: 40_960, height: 30_720 };
const NONE = new NucleiBuilder(0).build();

/** @returns The id of the job, whose slide is `slide.tif` below `slides`. */
export async function writeCrowdedJob(
  dataFolder: string,
  slides: string,
  nuclei: number,
): Promise<string> {
  const path = join(slides, 'slide.tif');
  await writeEndlessSlide(path, SIZE);
  const blobs = await openFsBlobStore(join(dataFolder, 'blobs'));
  const record = newRecord({
    callerId: 'local',
    options: { dataset: ['consep'], exports: [], tissue: 'none', priority: 5 },
    source: { type: 'path', path },
    label: 'slide.tif',
    idempotency: null,
  });
  const { id } = record.job;
  const slide = await openSlide(path);
  const { card } = await findModel('compact');
  const options = { dataset: ['consep'] };
  const plan = await planJob(slide, { card, precision: 'fp32', options, tissue: undefined });
  await slide.close();
  await blobs.put(planKey(id, plan.planHash), new TextEncoder().encode(JSON.stringify(plan)));
  const layout = new PlanLayout(plan);
  const folder = new ChunkFolder(blobs, jobFolder(id), layout);
  const perPixel = nuclei / (plan.plane.width * plan.plane.height);
  const random = randomNumbers(7);
  for (const task of plan.chunks) {
    const { core } = layout.chunks.at(task.index);
    const decided = scattered(core, Math.round(core.width * core.height * perPixel), random);
    const result = { dataset: 'consep', saturatedWindows: 0, decided, open: NONE };
    await folder.put(task, { windows: task.windows, results: [result] });
  }
  const { state, progress } = startState(plan, await doneChunks(folder), 0);
  const image = {
    ...plan.image,
    mpp: plan.mpp.value,
    mppSource: plan.mpp.source,
    reader: plan.reader,
    bounds: plan.bounds,
  };
  const finishedAt = record.job.createdAt;
  const job = { ...record.job, image, progress, finishedAt, planHash: plan.planHash };
  const store = openSqliteStore(join(dataFolder, 'jobs.sqlite'));
  await store.create({ ...record, job: { ...job, status: 'completed' }, plan: state });
  await store.dropTasks(id);
  await store.close();
  await blobs.close();
  return id;
}

/** Nuclei in a part of the level, four of five in clumps; their classes and scores as they come. */
function scattered({ x, y, width, height }: Region, count: number, random: () => number): Nuclei {
  const nuclei = new NucleiBuilder(count);
  const clump = { x: 0, y: 0 };
  for (let i = 0; i < count; i++) {
    if (i % 400 === 0) Object.assign(clump, { x: random(), y: random() });
    const isLoose = i % 5 === 0;
    const spread = () => (random() + random() - 1) * 0.08;
    const across = isLoose ? random() : clump.x + spread();
    const down = isLoose ? random() : clump.y + spread();
    // What would leave the chunk comes in again on its other side.
    const inside = (part: number) => 0.001 + 0.998 * (part - Math.floor(part));
    nuclei.push(
      Math.fround(x + inside(across) * width),
      Math.fround(y + inside(down) * height),
      Math.floor(random() * 3),
      0.3 + 0.69 * random(),
    );
  }
  return nuclei.build();
}

/** Numbers from 0 to 1, always the same: mulberry32. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
