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
import { areWhole } from '../export-files.ts';
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
  repairDone,
  type StoreFailure,
} from './job-outcomes.ts';
import { repairChunks, requireSameSlide } from './repair-chunks.ts';
import { SlideCache } from './slide-cache.ts';
import type { TaskOutcome, TaskRunner } from './task-runner.ts';

export interface JobRunnerParts {
  readonly host: Pick<EngineHost, 'card' | 'provider' | 'engine'>;
  /** The precision that the host runs. */
  readonly precision: string;
  readonly blobs: BlobStore;
  /** Side of a chunk's core in pixels of the plane, about; 4096 when left out. */
  readonly chunkPx?: number | undefined;
  /** Opens the slide of a job; the signal is aborted when nobody wants it any more. */
  readonly openSource: (record: JobRecord, signal: AbortSignal) => Promise<Slide>;
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

function isPassing(error: unknown): boolean {
  return !(error instanceof UniCellError) || PASSING.includes(error.code);
}

/** The file of a plan is damaged or gone. */
export class PlanLost extends UniCellError {
  constructor(jobId: string) {
    super(
      'INTERNAL',
      `The plan of job ${jobId} is damaged or gone. Resume the job: it is planned anew, and what is done is kept.`,
    );
  }
}

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
        return this.slides.use(record, (slide) => this.#plan(task, record, slide, signal), signal);
      case 'chunk':
        return this.#chunk(task, record, signal);
      case 'finalize':
        return this.#finalize(task, record, signal);
      case 'repair':
        return this.#repair(task, record, signal);
    }
  }

  /** A chunk is tried again: disks, networks and drivers have bad moments. Credentials have none. */
  isWorthRetrying({ kind }: Task, error: unknown): boolean {
    if (error instanceof UniCellError && error.code === 'SOURCE_UNAUTHORIZED') return false;
    return kind === 'chunk' || isPassing(error);
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
    record: JobRecord,
    slide: Slide,
    signal: AbortSignal,
  ): Promise<TaskOutcome> {
    const { job, options } = record;
    const { host, blobs } = this.#parts;
    for (const format of options.exports) findFormat(format);
    const layout = await this.#layOut(record, slide, signal);
    const { plan } = layout;
    const head = { name: job.name, madeAt: job.createdAt };
    await checkFormats(plan, options.exports.map(findFormat), head);
    const folder = new ChunkFolder(
      blobs,
      jobFolder(job.id),
      await this.#keepPlan(job.id, layout, signal),
    );
    return planned(task, plan, host.provider, await doneChunks(folder));
  }

  async #layOut({ options }: JobRecord, slide: Slide, signal: AbortSignal): Promise<PlanLayout> {
    const { host, precision, chunkPx } = this.#parts;
    const tissue = await tissueMask(slide, { mpp: options.mpp, signal });
    const hasGlass = options.tissue === 'none';
    const request = { card: host.card, precision, options, tissue, hasGlass, chunkPx };
    return layOutJob(slide, request, signal);
  }

  async #keepPlan(jobId: string, layout: PlanLayout, signal: AbortSignal): Promise<PlanLayout> {
    const key = planKey(jobId, layout.plan.planHash);
    await this.#parts.blobs.put(key, new TextEncoder().encode(JSON.stringify(layout.plan)), signal);
    return this.#keep(key, layout);
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
      const done = await this.#export(folder, record, survey, signal);
      const { plan } = folder.layout;
      return finalized(task, done, await this.#store(record, plan, survey, signal));
    } finally {
      await survey.close();
    }
  }

  #export(folder: ChunkFolder, record: JobRecord, survey: Survey, signal: AbortSignal) {
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
    return this.#stage('export', () => finalizeJob(folder, request, signal));
  }

  /** Files are only written with gaps where the job has them no longer. */
  async #repair(task: Task, record: JobRecord, signal: AbortSignal): Promise<TaskOutcome> {
    const { blobs } = this.#parts;
    const folder = await this.#folderAgain(record, signal);
    const { windows, lost } = await repairChunks(
      folder,
      record,
      (index) => this.#runAgain(folder, index, record, signal),
      isPassing,
      signal,
    );
    const isGap = lost.size > 0 && (await areWhole(blobs, record.job, signal));
    const there = await doneChunks(folder);
    if (isGap) return repairDone(task, { there, windows, lost, done: undefined });
    const survey = await this.#stage('merge', () => surveyChunks(folder, signal));
    try {
      const done = await this.#export(folder, record, survey, signal);
      return repairDone(task, { there, windows, lost, done });
    } finally {
      await survey.close();
    }
  }

  /** The chunks of a finished job, whose plan is made again where it is gone. */
  async #folderAgain(record: JobRecord, signal: AbortSignal): Promise<ChunkFolder> {
    try {
      return await this.#requireFolder(record);
    } catch (error) {
      if (!(error instanceof PlanLost)) throw error;
    }
    const { id, planHash } = record.job;
    const layout = await this.slides.use(
      record,
      (slide) => this.#layOut(record, slide, signal),
      signal,
    );
    if (layout.plan.planHash !== planHash) {
      throw new UniCellError(
        'JOB_STATE_CONFLICT',
        `The plan of job ${id} is gone, and slide or model are not those any more that it was made from. Start a new job.`,
      );
    }
    await this.#keepPlan(id, layout, signal);
    return this.#requireFolder(record);
  }

  #runAgain(folder: ChunkFolder, index: number, record: JobRecord, signal: AbortSignal) {
    const { plan, tasks } = folder.layout;
    return this.slides.use(
      record,
      async (slide) => {
        await requireSameSlide(slide, plan, signal);
        return runChunk(folder, tasks.get(index)!, slide, this.#engine, { signal });
      },
      signal,
    );
  }

  /** The slide may be gone by now; then nothing is said. */
  #doubt(record: JobRecord, signal: AbortSignal): FinalizeRequest['doubt'] {
    return async (found) => {
      try {
        return await this.slides.use(
          record,
          (slide) => resolutionDoubt(slide, found, this.#engine, signal),
          signal,
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
    const again = await surveyChunks(folder, signal);
    if (again.missing.every((index) => failed.has(index))) return again;
    await again.close();
    throw new UniCellError(
      'OUTPUT_UNWRITABLE',
      'Chunk files that were just written are damaged. Look at the disk of the blobs.',
      { publicMessage: 'Results that were just written are damaged in the store.' },
    );
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
    return this.slides.use(
      record,
      (slide) => runChunk(folder, task, slide, this.#engine, { signal }),
      signal,
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
      throw new PlanLost(jobId);
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
