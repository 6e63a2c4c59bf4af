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
import type { Format } from '../../shared/formats/format.ts';
import { findFormat } from '../../shared/formats/registry.ts';
import { tissueMask } from '../../shared/tissue/tissue-mask.ts';
import { openFsBlobStore } from '../blobs/fs-blob-store.ts';
import { checkFormats } from '../chunks/check-formats.ts';
import { ChunkFolder } from '../chunks/chunk-folder.ts';
import { type FinalizedJob, finalizeJob } from '../chunks/finalize-job.ts';
import type { JobPlan } from '../chunks/job-plan.ts';
import { layOutJob, type PlanOptions } from '../chunks/plan-job.ts';
import { chunkRectangle, type PlanLayout } from '../chunks/plan-layout.ts';
import { type FailedChunk, runChunks } from '../chunks/run-chunks.ts';
import { surveyChunks } from '../chunks/survey.ts';
import { shownError } from '../jobs/runner/job-outcomes.ts';
import type { Slide } from '../slides/slide.ts';
import type { FinishedDetection } from './detection-report.ts';
import type { FileNote } from './file-note.ts';
import { possibleNames } from './result-names.ts';
import type { RunParts } from './run-parts.ts';
import type { DoneSlide } from './run-record.ts';
import { writeSlideOverlays } from './slide-overlays.ts';
import { gridsFor, reportPictures } from './slide-pictures.ts';
import { Stopped } from './stopped.ts';
import { type ResultFiles, writeResults } from './write-together.ts';

export interface SlideRequest extends RunParts {
  readonly slide: Slide;
  readonly options: PlanOptions;
  /** Whether glass is skipped. */
  readonly hasTissueMask: boolean;
  /** A key of the card's `variants`. */
  readonly precision: string;
}

/**
 * Runs the model on a slide and writes the result files, all or none. Stopped or killed, it goes on where
 * it was when it is called again with the same slide, model, options and folder. Parts that cannot be read
 * are left out and reported; the next call tries them again.
 *
 * @throws {UniCellError} As `detect`; `OUTPUT_EXISTS`; {@link Stopped} after the signal.
 */
export async function runSlide(request: SlideRequest, signal: AbortSignal): Promise<DoneSlide> {
  const { slide, id, stem, options, host, precision, out, say, record, hasOverlay } = request;
  const formats = request.formats.map(findFormat);
  const workFolder = join(out, `.${stem}.unicell`);
  try {
    const tissue = await tissueMask(slide, { mpp: options.mpp, signal });
    const hasGlass = !request.hasTissueMask;
    const asked = { card: host.card, precision, options, tissue, hasGlass };
    const layout = await layOutJob(slide, asked);
    const { plan } = layout;
    const madeAt = new Date().toISOString();
    await checkFormats(plan, formats, { name: id, madeAt });
    const ids = plan.routes.map(({ dataset }) => dataset.id);
    await record.requireFree(possibleNames(stem, ids, formats, hasOverlay));
    for (const { detail } of plan.warnings) say(`unicell: warning: ${detail}`);
    const folder = new ChunkFolder(await openFsBlobStore(workFolder), '', layout);
    const { onProgress } = request;
    const engine = host.engine('job');
    const failed = await runChunks(folder, slide, engine, { signal, onProgress });
    const errors = failed.map((one) => chunkError(layout, one));
    let done: DoneSlide | undefined;
    const places = {
      folder: out,
      partsFolder: join(workFolder, 'exports'),
      beforeAppear: (notes: readonly FileNote[]) =>
        record.keep(notes, errors.length === 0 ? done : undefined),
    };
    const { paths: files, written } = await writeResults(
      places,
      async (results) => {
        done = await finish(folder, results, { request, formats, madeAt, errors }, signal);
        return done;
      },
      signal,
    );
    const late = written.finished.warnings.slice(plan.warnings.length);
    for (const { detail } of late) say(`unicell: warning: ${detail}`);
    if (errors.length === 0) await rm(workFolder, { recursive: true });
    else sayMissing(errors, workFolder, say);
    return { ...written, finished: { ...written.finished, files } };
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new Stopped(
      `Stopped. What is done is kept in ${resolve(workFolder)}; run the same command again to go on, or remove the folder.`,
      { cause: error },
    );
  }
}

interface FinishParts {
  readonly request: SlideRequest;
  readonly formats: readonly Format[];
  readonly madeAt: string;
  readonly errors: readonly JobError[];
}

/** Writes everything of a slide whose chunks are there. */
async function finish(
  folder: ChunkFolder,
  files: ResultFiles,
  { request, formats, madeAt, errors }: FinishParts,
  signal: AbortSignal,
): Promise<DoneSlide> {
  const { slide, id, stem, options, host, radiusUm, hasOverlay, say } = request;
  const { plan } = folder.layout;
  const survey = await surveyChunks(folder, signal);
  try {
    const doubt = countsAll(options)
      ? (found: Found) => resolutionDoubt(slide, found, host.engine('job'), signal)
      : undefined;
    const exporting = { formats, name: id, exportFolder: `${stem}.`, madeAt, radiusUm, doubt };
    const job = await finalizeJob(folder, { ...exporting, files, survey }, signal);
    const datasets = plan.routes.map(({ dataset }) => dataset);
    const counted = gridsFor(datasets, plan.image, plan.mpp.value);
    for (const [i, { grid }] of counted.entries()) {
      for await (const block of survey.blocks(i, signal)) grid.add(block);
    }
    if (hasOverlay) {
      const parts = { slide, plan, survey, counted, results: job.results, stem, radiusUm, say };
      await writeSlideOverlays(files, parts, signal);
    }
    const pictures = await reportPictures(slide, counted, signal);
    return { finished: finished(plan, job, host.provider, errors), pictures };
  } finally {
    await survey.close();
  }
}

function chunkError({ plan, chunks }: PlanLayout, { task, error }: FailedChunk): JobError {
  return { ...shownError(error), region: chunkRectangle(plan, task.index, chunks) };
}

function sayMissing(
  errors: readonly JobError[],
  workFolder: string,
  say: (line: string) => void,
): void {
  for (const { detail, region } of errors) {
    const { x, y, width, height } = region!;
    say(`unicell: no result for x ${x}, y ${y}, ${width} x ${height} px: ${detail}`);
  }
  say(
    `unicell: ${errors.length} parts have no result. The others are kept in ${resolve(workFolder)}; run the same command again to try only those, or remove the folder.`,
  );
}

function finished(
  plan: JobPlan,
  { windows, areaMm2, results, warnings }: FinalizedJob,
  provider: string,
  errors: readonly JobError[],
): FinishedDetection {
  const { image, mpp } = plan;
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
    files: [],
  };
}
