/**
 * A slide through the command: chunk by chunk, with what is done kept in a folder beside the results until
 * all is.
 *
 * @module
 */
import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { JobError } from '../../shared/api/jobs/job-schemas.ts';
import { countsAll, type Found, resolutionDoubt } from '../../shared/detect/resolution-doubt.ts';
import { areaMm2 as imageAreaMm2 } from '../../shared/detect/summary.ts';
import type { Engine } from '../../shared/engine/engine.ts';
import { findFormat } from '../../shared/formats/registry.ts';
import { tissueMask } from '../../shared/tissue/tissue-mask.ts';
import { openFsBlobStore } from '../blobs/fs-blob-store.ts';
import { checkFormats } from '../chunks/check-formats.ts';
import { ChunkFolder } from '../chunks/chunk-folder.ts';
import { type FinalizedJob, type FinalizeRequest, finalizeJob } from '../chunks/finalize-job.ts';
import type { JobPlan } from '../chunks/job-plan.ts';
import { layOutJob, type PlanOptions } from '../chunks/plan-job.ts';
import { chunkRectangle, type PlanLayout } from '../chunks/plan-layout.ts';
import { type FailedChunk, runChunks } from '../chunks/run-chunks.ts';
import { surveyChunks } from '../chunks/survey.ts';
import { openEngineHost } from '../engine/open-engine-host.ts';
import type { ProviderChoice } from '../engine/provider/provider-choice.ts';
import { shownError } from '../jobs/runner/job-outcomes.ts';
import type { Slide } from '../slides/slide.ts';
import { startProgress } from '../terminal/progress.ts';
import type { FinishedDetection } from './detection-report.ts';
import { Stopped } from './stopped.ts';
import { writeResults } from './write-together.ts';

export interface SlideRequest {
  readonly slide: Slide;
  /** What the slide is called in result files, mostly its file name. */
  readonly id: string;
  /** What result files are called, without their ending. */
  readonly stem: string;
  readonly options: PlanOptions;
  /** Whether glass is skipped. */
  readonly hasTissueMask: boolean;
  readonly model: string;
  readonly threads: number | undefined;
  readonly ep: ProviderChoice;
  /** Folder of the result files. */
  readonly out: string;
  /** Ids of `shared/formats/registry.ts`. */
  readonly formats: readonly string[];
  /** As of `ExportHead`. */
  readonly radiusUm?: number | undefined;
}

/** The precision that the command runs. */
const PRECISION = 'fp32';

/**
 * Runs the model on a slide and writes the result files, all or none. Stopped or killed, it goes on where
 * it was when it is called again with the same slide, model, options and folder. Parts that cannot be read
 * are left out and reported; the next call tries them again.
 *
 * @throws {UniCellError} As `detect`; {@link Stopped} after the signal.
 */
export async function runSlide(
  request: SlideRequest,
  signal: AbortSignal,
): Promise<FinishedDetection> {
  const { slide, id, stem, options, model, threads, ep, out, radiusUm } = request;
  const formats = request.formats.map(findFormat);
  const workFolder = join(out, `.${stem}.unicell`);
  const host = await openEngineHost({ model, threads, ep, precision: PRECISION });
  try {
    const tissue = await tissueMask(slide, { mpp: options.mpp, signal });
    const hasGlass = !request.hasTissueMask;
    const asked = { card: host.card, precision: PRECISION, options, tissue, hasGlass };
    const layout = await layOutJob(slide, asked);
    const { plan } = layout;
    const madeAt = new Date().toISOString();
    await checkFormats(plan, formats, { name: id, madeAt });
    say(plan.warnings);
    const folder = new ChunkFolder(await openFsBlobStore(workFolder), '', layout);
    const failed = await runWithProgress(folder, slide, host.engine('job'), signal);
    const doubt = countsAll(options)
      ? (found: Found) => resolutionDoubt(slide, found, host.engine('job'), signal)
      : undefined;
    const exporting = { formats, name: id, exportFolder: `${stem}.`, madeAt, radiusUm, doubt };
    const places = { folder: out, partsFolder: join(workFolder, 'exports') };
    const { paths: files, written: job } = await writeResults(
      places,
      (results) => finish(folder, { ...exporting, files: results }, signal),
      signal,
    );
    const errors = failed.map((one) => chunkError(layout, one));
    say(job.warnings.slice(plan.warnings.length));
    if (errors.length === 0) await rm(workFolder, { recursive: true });
    else sayMissing(errors, workFolder);
    return finished(plan, job, host.provider, errors, files);
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new Stopped(
      `Stopped. What is done is kept in ${resolve(workFolder)}; run the same command again to go on, or remove the folder.`,
      { cause: error },
    );
  } finally {
    await host.close();
  }
}

async function runWithProgress(
  folder: ChunkFolder,
  slide: Slide,
  engine: Engine,
  signal: AbortSignal,
): Promise<readonly FailedChunk[]> {
  const progress = startProgress('windows');
  const onProgress = (done: number, total: number) => progress.update(done, total);
  try {
    return await runChunks(folder, slide, engine, { signal, onProgress });
  } finally {
    progress.stop();
  }
}

async function finish(
  folder: ChunkFolder,
  request: Omit<FinalizeRequest, 'survey'>,
  signal: AbortSignal,
): Promise<FinalizedJob> {
  const survey = await surveyChunks(folder, signal);
  try {
    return await finalizeJob(folder, { ...request, survey }, signal);
  } finally {
    await survey.close();
  }
}

function chunkError({ plan, chunks }: PlanLayout, { task, error }: FailedChunk): JobError {
  return { ...shownError(error), region: chunkRectangle(plan, task.index, chunks) };
}

function say(warnings: FinalizedJob['warnings']): void {
  for (const { detail } of warnings) console.error(`unicell: warning: ${detail}`);
}

function sayMissing(errors: readonly JobError[], workFolder: string): void {
  for (const { detail, region } of errors) {
    const { x, y, width, height } = region!;
    console.error(`unicell: no result for x ${x}, y ${y}, ${width} x ${height} px: ${detail}`);
  }
  console.error(
    `unicell: ${errors.length} parts have no result. The others are kept in ${resolve(workFolder)}; run the same command again to try only those, or remove the folder.`,
  );
}

function finished(
  plan: JobPlan,
  { windows, results, warnings }: FinalizedJob,
  provider: string,
  errors: readonly JobError[],
  files: readonly string[],
): FinishedDetection {
  const { image, mpp, areaMm2 } = plan;
  const { id, version } = plan.model;
  const model = { id, version, provider };
  return {
    image,
    mpp,
    areaMm2,
    imageAreaMm2: imageAreaMm2(image, mpp.value),
    model,
    protocol: 'default',
    windows,
    results,
    warnings,
    errors,
    files,
  };
}
