/**
 * What a job's record keeps of its plan: which chunks are planned, done and given up, and where they lie.
 * A chunk is a flag and never a count, so an outcome that is applied twice changes nothing.
 *
 * @module
 */
import type { Job } from '../../shared/api/jobs/job-schemas.ts';
import { Bits } from '../chunks/bits.ts';
import type { JobPlan } from '../chunks/job-plan.ts';
import { type ChunkGrid, chunksUnderBox, gridChunks } from '../chunks/plan-layout.ts';
import type { JobRecord } from './job-store.ts';

/** `plan` of a `JobRecord`. The plan itself is a blob. */
export interface JobState {
  readonly planHash: string;
  readonly grid: ChunkGrid;
  /** `Bits` by index of the chunk. */
  readonly planned: string;
  readonly done: string;
  readonly failed: string;
  /** When this attempt began to run chunks, and how many windows were there by then. */
  readonly since: { readonly ms: number; readonly windowsDone: number };
}

/** What has been found out about chunks that have a file. */
export interface DoneChunks {
  readonly indices: readonly number[];
  readonly windows: number;
  readonly nuclei: number;
}

/** The state and the progress of a job whose chunks are about to be run. */
export function startState(plan: JobPlan, there: DoneChunks, nowMs: number) {
  const { planHash, image, plane, window, chunkPx, chunks } = plan;
  const grid = { image, plane, window, chunkPx };
  const { count } = gridChunks(grid);
  const windowsTotal = chunks.reduce((sum, { windows }) => sum + windows, 0);
  const state: JobState = {
    planHash,
    grid,
    planned: `${Bits.of(
      count,
      chunks.map(({ index }) => index),
    )}`,
    done: `${Bits.of(count, there.indices)}`,
    failed: `${Bits.of(count)}`,
    since: { ms: nowMs, windowsDone: there.windows },
  };
  const progress: Job['progress'] = {
    chunksTotal: chunks.length,
    chunksDone: there.indices.length,
    windowsTotal,
    windowsDone: there.windows,
    nuclei: there.nuclei,
    etaSeconds: null,
  };
  return { state, progress };
}

/** The state of a job that has been planned. */
export function stateOf(record: JobRecord): JobState | undefined {
  return (record.plan ?? undefined) as JobState | undefined;
}

/** Chunks that are neither done nor given up, in order. */
export function openChunks(state: JobState): number[] {
  const [done, failed] = [Bits.parse(state.done), Bits.parse(state.failed)];
  return [...Bits.parse(state.planned)].filter((index) => !done.has(index) && !failed.has(index));
}

/**
 * Chunks of a job under a box `x0, y0, x1, y1` in pixels of level 0 that are still to be run; none before
 * the job is planned.
 */
export function openChunksUnder(
  record: JobRecord,
  bbox: readonly [number, number, number, number],
): number[] {
  const state = stateOf(record);
  if (state === undefined) return [];
  const open = new Set(openChunks(state));
  return chunksUnderBox(state.grid, bbox).filter((index) => open.has(index));
}

/** The job with one more chunk done; `undefined` when it was done before. */
export function withChunkDone(
  record: JobRecord,
  index: number,
  done: { readonly windows: number; readonly nuclei: number },
  nowMs: number,
): JobRecord | undefined {
  const state = stateOf(record);
  if (state === undefined || Bits.parse(state.done).has(index)) return undefined;
  const { progress } = record.job;
  const windowsDone = progress.windowsDone + done.windows;
  const ran = windowsDone - state.since.windowsDone;
  const left = (progress.windowsTotal ?? windowsDone) - windowsDone;
  return {
    ...record,
    plan: { ...state, done: `${Bits.parse(state.done).with(index)}` } satisfies JobState,
    job: {
      ...record.job,
      progress: {
        ...progress,
        chunksDone: progress.chunksDone + 1,
        windowsDone,
        nuclei: progress.nuclei + done.nuclei,
        etaSeconds: ((nowMs - state.since.ms) / 1000 / ran) * left,
      },
    },
  };
}

/** The job with one more chunk given up; `undefined` when it was given up or done before. */
export function withChunkFailed(
  record: JobRecord,
  index: number,
  error: Job['errors'][number],
): JobRecord | undefined {
  const state = stateOf(record);
  if (state === undefined || !openChunks(state).includes(index)) return undefined;
  return {
    ...record,
    plan: { ...state, failed: `${Bits.parse(state.failed).with(index)}` } satisfies JobState,
    job: { ...record.job, errors: [...record.job.errors, error] },
  };
}
