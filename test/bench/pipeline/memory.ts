/**
 * The most memory that a whole job takes, from plan to exports, for a slide of the size that is asked for. The
 * engine finds the same nuclei everywhere: what grows with the slide is ours, not the model's.
 *
 * @module
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ModelCard } from '../../../shared/engine/card.ts';
import type { Engine, WindowOutputs } from '../../../shared/engine/engine.ts';
import { FORMATS } from '../../../shared/formats/registry.ts';
import { ChunkFolder } from '../../../src-gpu/chunk/chunk-folder.ts';
import { finalizeJob } from '../../../src-gpu/chunk/finalize-job.ts';
import { planJob } from '../../../src-gpu/chunk/plan-job.ts';
import { PlanLayout } from '../../../src-gpu/chunk/plan-layout.ts';
import { runChunks } from '../../../src-gpu/chunk/run-chunks.ts';
import { surveyChunks } from '../../../src-gpu/chunk/survey.ts';
import { sharedFloats } from '../../../src-gpu/engine/batch-tensor.ts';
import { findModel } from '../../../src-gpu/engine/model-store.ts';
import { openFsBlobStore } from '../../../src-gpu/jobs/blob/fs-blob-store.ts';
import { openSlide } from '../../../src-gpu/slide/open-slide.ts';
import { peakRssMb, printPart } from '../report.ts';
import { PIPELINE } from './settings.ts';

/** About as dense as the tissue of the synthetic field. */
const NUCLEI_PER_WINDOW = 50;

const { model, dataset, batch } = PIPELINE;
const { card } = await findModel(model);
const folder = await mkdtemp(join(tmpdir(), 'unicell-bench-'));
try {
  const slide = await openSlide(process.argv[2]!);
  const request = { card, precision: 'fp32', options: { dataset: [dataset] }, tissue: undefined };
  const layout = new PlanLayout(await planJob(slide, request));
  const chunks = new ChunkFolder(await openFsBlobStore(folder), '', layout);
  const failed = await runChunks(chunks, slide, repeatingEngine(card));
  if (failed.length > 0) throw failed[0]!.error;
  const survey = await surveyChunks(chunks);
  const { windows, results } = await finalizeJob(chunks, {
    survey,
    formats: FORMATS,
    name: 'endless.tif',
    exportFolder: 'exports/',
  });
  await slide.close();
  const nuclei = results[0]!.summary.total.count;
  printPart({ figures: { rss_mb: peakRssMb(), windows, nuclei } });
} finally {
  await rm(folder, { recursive: true });
}

/** Sees as many nuclei in every window, evenly spread. */
function repeatingEngine(card: ModelCard): Engine {
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
  return {
    card,
    provider: 'none',
    feed: { batch, runs: 2, allocate: sharedFloats },
    run: async (_windows, count) => [outputs(count)],
    async close() {},
  };
}
