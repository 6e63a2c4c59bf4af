/**
 * The end of a job: from the chunk files of a slide to the result files of three datasets in five formats.
 *
 *     node finalise-slide.ts SLIDE once|every-pass
 *
 * `once` is the code of jobs and of the command; `every-pass` reads the chunk files anew for every pass, see
 * `read-every-pass.ts`. Both start from chunk files that are there: evenly scattered nuclei, as many as tissue has.
 *
 * @module
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { findFormat } from '../../../shared/formats/registry.ts';
import type { Region, Size } from '../../../shared/image/source.ts';
import { NucleiBuilder } from '../../../shared/nuclei/builder.ts';
import { NucleiMerger } from '../../../shared/nuclei/merge.ts';
import { streamFor } from '../../../shared/random.ts';
import { openFsBlobStore } from '../../../src-gpu/blobs/fs-blob-store.ts';
import { ChunkFolder } from '../../../src-gpu/chunks/chunk-folder.ts';
import { finalizeJob } from '../../../src-gpu/chunks/finalize-job.ts';
import { planJob } from '../../../src-gpu/chunks/plan-job.ts';
import { PlanLayout } from '../../../src-gpu/chunks/plan-layout.ts';
import { surveyChunks } from '../../../src-gpu/chunks/survey.ts';
import { checkModel } from '../../../src-gpu/engine/native-engine.ts';
import { openSlide } from '../../../src-gpu/slides/open-slide.ts';
import { surveyForEveryPass } from './read-every-pass.ts';
import { PIPELINE, passWhenTold } from './settings.ts';

const DATASETS = ['consep', 'ocelot', 'brca-m2c'];
const FORMATS = ['json', 'json-columns', 'csv', 'qupath', 'parquet'];
const NUCLEI_PER_MM2 = 4000;

const [path, way] = process.argv.slice(2);
const { card } = await checkModel(PIPELINE.model, { threads: 1 });
const slide = await openSlide(path!);
const request = { card, precision: 'fp32', options: { dataset: DATASETS }, tissue: undefined };
const layout = new PlanLayout(await planJob(slide, request));
await slide.close();
const work = await mkdtemp(join(dirname(path!), 'work-'));
try {
  const blobs = await openFsBlobStore(work);
  const folder = new ChunkFolder(blobs, '', layout);
  for (const task of layout.tasks.values()) {
    const { core } = layout.chunks.at(task.index);
    const results = layout.plan.routes.map(({ dataset }, i) => ({
      dataset: dataset.id,
      saturatedWindows: 0,
      ...scattered(core, layout.plan.plane, layout.radiusPx(i), dataset.classes.length, i),
    }));
    await folder.put(task, { windows: task.windows, results });
  }
  let reads = 0;
  const bytes = blobs.bytes.bind(blobs);
  blobs.bytes = (key) => {
    reads += 1;
    return bytes(key);
  };
  await passWhenTold(async () => {
    const survey = await (way === 'once' ? surveyChunks : surveyForEveryPass)(folder);
    const { windows, results } = await finalizeJob(folder, {
      survey,
      formats: FORMATS.map(findFormat),
      madeAt: '2026-01-02T03:04:05.000Z',
      name: 'endless.tif',
      exportFolder: 'exports/',
    });
    await survey.close();
    const nuclei = results.reduce((sum, { summary }) => sum + summary.total.count, 0);
    return { windows, figures: { nuclei, reads: reads / layout.tasks.size } };
  });
} finally {
  await rm(work, { recursive: true });
}

/** What a chunk of tissue finds, with its open nuclei. */
function scattered(core: Region, level: Size, radiusPx: number, classes: number, seed: number) {
  const random = streamFor(seed, `chunk ${core.x} ${core.y}`);
  const mm2 = core.width * core.height * (card.mpp / 1000) ** 2;
  const builder = new NucleiBuilder();
  for (let i = 0; i < mm2 * NUCLEI_PER_MM2; i++) {
    const x = random.uniform(core.x, core.x + core.width);
    const y = random.uniform(core.y, core.y + core.height);
    builder.push(x, y, Math.floor(random.uniform(0, classes)), random.uniform(0.4, 0.9));
  }
  const merger = new NucleiMerger(level, radiusPx);
  merger.add(core, builder.build());
  return merger.finishChunk(core);
}
