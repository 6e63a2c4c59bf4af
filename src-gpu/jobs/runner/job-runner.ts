/**
 * The work of a node on jobs: planning, chunks, exports.
 *
 * @module
 */
import type { StoreReport } from '../../../shared/api/jobs/store-schemas.ts';
import { throwIfCanceled } from '../../../shared/cancel.ts';
import { countsAll, resolutionDoubt } from '../../../shared/detect/resolution-doubt.ts';
import type { Engine } from '../../../shared/engine/engine.ts';
import { type ErrorCode, UniCellError } from '../../../shared/errors.ts';
import { findFormat } from '../../../shared/formats/registry.ts';
import { tissueMask } from '../../../shared/tissue/tissue-mask.ts';
import type { BlobStore } from '../../blobs/blob-store.ts';
import { Bits } from '../../chunks/bits.ts';
import { checkFormats } from '../../chunks/check-formats.ts';
import { ChunkFolder } from '../../chunks/chunk-folder.ts';
import { type FinalizeRequest, finalizeJob } from '../../chunks/finalize-job.ts';
import { type JobPlan, parsePlan } from '../../chunks/job-plan.ts';
import { layOutJob } from '../../chunks/plan-job.ts';
import { PlanLayout } from '../../chunks/plan-layout.ts';
import { runChunk } from '../../chunks/run-chunk.ts';
import { type Survey, surveyChunks } from '../../chunks/survey.ts';
import type { EngineHost } from '../../engine/engine-host.ts';
import type { Slide } from '../../slides/slide.ts';
import { exportFolder, jobFolder, planKey } from '../job-keys.ts';
import { stateOf } from '../job-state.ts';
import type { JobRecord, Task } from '../job-store.ts';
import { doneChunk, doneChunks } from './done-chunks.ts';
import {
  begun,
  chunkDone,
  dueTasks,
  finalized,
  givenUp,
  planned,
  type StoreFailure,
} from './job-outcomes.ts';
import { SlideCache } from './slide-cache.ts';
import type { TaskOutcome, TaskRunner } from './task-runner.ts';

export interface JobRunnerParts {
  readonly host: Pick<EngineHost, 'card' | 'provider' | 'engine'>;
  /** The precision that the host runs. */
  readonly precision: string;
  readonly blobs: BlobStore;
  /** Side of a chunk's core in pixels of the plane, about; 4096 when left out. */
  readonly chunkPx?: number | undefined;
  /** Opens the slide of a job. */
  readonly openSource: (record: JobRecord) => Promise<Slide>;
  /** Stores a result in a PACS, given by the root of its DICOMweb service. */
  readonly storeResult?: StoreResult | undefined;
  /** Times what is done. */
  readonly stage?: RunStage | undefined;
}

export type StoreResult = (
  record: JobRecord,
  plan: JobPlan,
  survey: Survey,
  pacs: string,
  signal: AbortSignal,
) => Promise<StoreReport>;

/** Runs a part of the work that somebody may want to time. */
export type RunStage = <T>(stage: string, task: () => Promise<T>) => Promise<T>;

/** Failures that pass by themselves. */
const PASSING: readonly ErrorCode[] = [
  'INTERNAL',
  'OUTPUT_UNWRITABLE',
  'OVERLOADED',
  'SOURCE_UNREACHABLE',
  'STORE_UNAVAILABLE',
];
/** Layouts that are kept, of the jobs at hand. */
const LAYOUTS = 8;

export class JobRunner implements TaskRunner {
  /** The slides of the jobs at hand, also for those who only look. */
  readonly slides: SlideCache;
  readonly #parts: JobRunnerParts;
  readonly #engine: Engine;
  readonly #stage: RunStage;
  /** By the key of their plans: those of two jobs may have one hash and say different names of a patient. */
  readonly #layouts = new Map<string, PlanLayout>();

  constructor(parts: JobRunnerParts) {
    this.#parts = parts;
    this.#engine = parts.host.engine('job');
    this.slides = new SlideCache(parts.openSource);
    this.#stage = parts.stage ?? ((_stage, task) => task());
  }

  begin(task: Task): TaskOutcome {
    return begun(task);
  }

  run(task: Task, record: JobRecord, signal: AbortSignal): Promise<TaskOutcome> {
    return this.#stage(task.kind, () => this.#runTask(task, record, signal));
  }

  #runTask(task: Task, record: JobRecord, signal: AbortSignal): Promise<TaskOutcome> {
    switch (task.kind) {
      case 'plan':
        return this.slides.use(record, (slide) => this.#plan(task, record, slide, signal));
      case 'chunk':
        return this.#chunk(task, record, signal);
      case 'finalize':
        return this.#finalize(task, record, signal);
    }
  }

  /** A chunk is tried again: disks, networks and drivers have bad moments. Credentials have none. */
  isWorthRetrying({ kind }: Task, error: unknown): boolean {
    if (!(error instanceof UniCellError)) return true;
    if (error.code === 'SOURCE_UNAUTHORIZED') return false;
    return kind === 'chunk' || PASSING.includes(error.code);
  }

  giveUp(task: Task, error: unknown): TaskOutcome {
    return givenUp(task, error);
  }

  due(record: JobRecord) {
    return dueTasks(record);
  }

  /** The chunks of a planned job; `undefined` before. */
  async folder(record: JobRecord): Promise<ChunkFolder | undefined> {
    const state = stateOf(record);
    if (state === undefined) return undefined;
    const layout = await this.#layout(record.job.id, state.planHash);
    return new ChunkFolder(this.#parts.blobs, jobFolder(record.job.id), layout);
  }

  /** Closes the slides. */
  async close(): Promise<void> {
    await this.slides.close();
  }

  async #plan(
    task: Task,
    { job, options }: JobRecord,
    slide: Slide,
    signal: AbortSignal,
  ): Promise<TaskOutcome> {
    const { host, precision, blobs, chunkPx } = this.#parts;
    for (const format of options.exports) findFormat(format);
    const tissue = await tissueMask(slide, { mpp: options.mpp, signal });
    const hasGlass = options.tissue === 'none';
    const request = { card: host.card, precision, options, tissue, hasGlass, chunkPx };
    const layout = await layOutJob(slide, request);
    const { plan } = layout;
    const head = { name: job.name, madeAt: job.createdAt };
    await checkFormats(plan, options.exports.map(findFormat), head);
    const bytes = new TextEncoder().encode(JSON.stringify(plan));
    const key = planKey(job.id, plan.planHash);
    await blobs.put(key, bytes, signal);
    const folder = new ChunkFolder(blobs, jobFolder(job.id), this.#keep(key, layout));
    return planned(task, plan, host.provider, await doneChunks(folder));
  }

  async #chunk(task: Task, record: JobRecord, signal: AbortSignal): Promise<TaskOutcome> {
    const folder = await this.#requireFolder(record);
    const there = await doneChunk(folder, task.chunk);
    return chunkDone(task, there ?? (await this.#run(folder, task.chunk, record, signal)));
  }

  async #finalize(task: Task, record: JobRecord, signal: AbortSignal): Promise<TaskOutcome> {
    const folder = await this.#requireFolder(record);
    const survey = await this.#survey(folder, record, signal);
    try {
      const { job, options } = record;
      const request = {
        survey,
        formats: [...new Set(options.exports)].map(findFormat),
        name: job.name,
        madeAt: job.createdAt,
        exportFolder: exportFolder(job.id),
        radiusUm: options.radiusUm,
        doubt: countsAll(options) ? this.#doubt(record, signal) : undefined,
      };
      const done = await this.#stage('export', () => finalizeJob(folder, request, signal));
      const { plan } = folder.layout;
      return finalized(task, done, await this.#store(record, plan, survey, signal));
    } finally {
      await survey.close();
    }
  }

  /** The slide may be gone by now; then nothing is said. */
  #doubt(record: JobRecord, signal: AbortSignal): FinalizeRequest['doubt'] {
    return async (found) => {
      try {
        return await this.slides.use(record, (slide) =>
          resolutionDoubt(slide, found, this.#engine, signal),
        );
      } catch (error) {
        throwIfCanceled(signal);
        if (error instanceof UniCellError) return [];
        throw error;
      }
    };
  }

  /** Runs anew what was damaged or lost since its chunk was done; only then the files are read once more. */
  async #survey(folder: ChunkFolder, record: JobRecord, signal: AbortSignal): Promise<Survey> {
    const failed = Bits.parse(stateOf(record)!.failed);
    const survey = await this.#stage('merge', () => surveyChunks(folder, signal));
    const lost = survey.missing.filter((index) => !failed.has(index));
    if (lost.length === 0) return survey;
    await survey.close();
    for (const index of lost) await this.#run(folder, index, record, signal);
    return surveyChunks(folder, signal);
  }

  /** What a PACS does not take is no reason to lose a result: the job says so, and may be stored later. */
  async #store(
    record: JobRecord,
    plan: JobPlan,
    survey: Survey,
    signal: AbortSignal,
  ): Promise<StoreReport | StoreFailure | undefined> {
    const { storeResult } = this.#parts;
    const pacs = record.options.store?.dicomweb;
    if (pacs === undefined || storeResult === undefined) return undefined;
    try {
      return await this.#stage('store', () => storeResult(record, plan, survey, pacs, signal));
    } catch (error) {
      throwIfCanceled(signal);
      return { failure: error };
    }
  }

  #run(folder: ChunkFolder, index: number, record: JobRecord, signal: AbortSignal) {
    const task = folder.layout.tasks.get(index);
    if (task === undefined) {
      throw new UniCellError('INTERNAL', `The plan of the job has no chunk ${index}.`);
    }
    return this.slides.use(record, (slide) =>
      runChunk(folder, task, slide, this.#engine, { signal }),
    );
  }

  async #requireFolder(record: JobRecord): Promise<ChunkFolder> {
    const folder = await this.folder(record);
    if (folder === undefined) throw new UniCellError('INTERNAL', 'The job has no plan yet.');
    return folder;
  }

  async #layout(jobId: string, planHash: string): Promise<PlanLayout> {
    const key = planKey(jobId, planHash);
    const kept = this.#layouts.get(key);
    if (kept !== undefined) return kept;
    const bytes = await this.#parts.blobs.bytes(key);
    const plan = bytes && parsePlan(new TextDecoder().decode(bytes), planHash);
    if (plan === undefined) {
      throw new UniCellError(
        'INTERNAL',
        `The plan of job ${jobId} is damaged or gone. Resume the job: it is planned anew, and what is done is kept.`,
      );
    }
    return this.#keep(key, new PlanLayout(plan));
  }

  #keep(key: string, layout: PlanLayout): PlanLayout {
    this.#layouts.set(key, layout);
    const [oldest] = this.#layouts.keys();
    if (this.#layouts.size > LAYOUTS) this.#layouts.delete(oldest!);
    return layout;
  }
}
