/**
 * The most memory that a process takes which has the model loaded and runs whole jobs, from plan to exports, for
 * the slide that is named. It runs as many jobs, one after the other, as make up the windows that are asked for:
 * a process that has worked for a while holds more than a fresh one, whatever the slide.
 *
 * The model is loaded and has run, and then every window is answered with the same nuclei, so that a slide of a
 * hundred thousand pixels takes minutes: what could grow with the slide is ours, not the model's.
 *
 *     node memory.ts SLIDE WINDOWS
 *
 * @module
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Engine, WindowOutputs } from '../../../shared/engine/engine.ts';
import { FORMATS } from '../../../shared/formats/registry.ts';
import { openFsBlobStore } from '../../../src-gpu/blobs/fs-blob-store.ts';
import { ChunkFolder } from '../../../src-gpu/chunks/chunk-folder.ts';
import { finalizeJob } from '../../../src-gpu/chunks/finalize-job.ts';
import { planJob } from '../../../src-gpu/chunks/plan-job.ts';
import { PlanLayout } from '../../../src-gpu/chunks/plan-layout.ts';
import { runChunks } from '../../../src-gpu/chunks/run-chunks.ts';
import { surveyChunks } from '../../../src-gpu/chunks/survey.ts';
import { openEngineHost } from '../../../src-gpu/engine/open-engine-host.ts';
import { openSlide } from '../../../src-gpu/slides/open-slide.ts';
import { peakRssMb, printPart } from '../report.ts';
import { PIPELINE } from './settings.ts';

/** About as dense as the tissue of the synthetic field. */
const NUCLEI_PER_WINDOW = 50;

const { model, dataset, batch, threads } = PIPELINE;
const [path, least] = [process.argv[2]!, Number(process.argv[3])];
const host = await openEngineHost({ model, ep: 'cpu', maxBatch: batch, threads });
const { card } = host;
const floats = 3 * card.window.width * card.window.height;
await host.engine('job').run(new Float32Array(batch * floats), batch, [dataset]);

let [windows, nuclei, jobs] = [0, 0, 0];
while (windows < least) {
  const done = await runJob();
  windows += done.windows;
  nuclei = done.results[0]!.summary.total.count;
  jobs += 1;
}
await host.close();
printPart({ figures: { rss_mb: peakRssMb(), windows, nuclei, jobs } });

async function runJob() {
  const folder = await mkdtemp(join(tmpdir(), 'unicell-bench-'));
  try {
    const slide = await openSlide(path);
    const request = { card, precision: 'fp32', options: { dataset: [dataset] }, tissue: undefined };
    const layout = new PlanLayout(await planJob(slide, request));
    const chunks = new ChunkFolder(await openFsBlobStore(folder), '', layout);
    const failed = await runChunks(chunks, slide, repeatingEngine(host.engine('job')));
    if (failed.length > 0) throw failed[0]!.error;
    const survey = await surveyChunks(chunks);
    const finalized = await finalizeJob(chunks, {
      survey,
      formats: FORMATS.filter(({ needsDicom }) => !needsDicom),
      madeAt: '2026-01-02T03:04:05.000Z',
      name: 'endless.tif',
      exportFolder: 'exports/',
    });
    await survey.close();
    await slide.close();
    return finalized;
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Is fed as the engine is, and sees as many nuclei in every window, evenly spread. */
function repeatingEngine(engine: Engine): Engine {
  const { queries } = card;
  const { classes } = card.datasets.find(({ id }) => id === dataset)!;
  const outputs = (windows: number): WindowOutputs => {
    const logits = new Float32Array(windows * queries * classes.length).fill(-20);
    const points = new Float32Array(windows * queries * 2);
    for (let at = 0; at < windows * queries; at++) {
      const query = at % queries;
      if (query < NUCLEI_PER_WINDOW) logits[at * classes.length + (query % classes.length)] = 2;
      points[2 * at] = ((query * 37) % 101) / 101;
      points[2 * at + 1] = ((query * 53) % 103) / 103;
    }
    return { dataset, queries, classes: classes.length, logits, points };
  };
  return { ...engine, run: async (_windows, count) => [outputs(count)] };
}
