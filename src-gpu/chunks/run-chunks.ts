/**
 * All chunks of a plan in this process, for the command: no store, no queue, the same files.
 *
 * @module
 */
import { throwIfCanceled } from '../../shared/cancel.ts';
import type { Engine } from '../../shared/engine/engine.ts';
import type { ImageSource } from '../../shared/image/source.ts';
import type { ChunkFolder } from './chunk-folder.ts';
import type { ChunkTask } from './job-plan.ts';
import { runChunk } from './run-chunk.ts';

/** Chunks at work at once: while one ends, with batches that are not full, the next keeps the engine busy. */
const LANES = 2;
/** How often a chunk is tried. */
const CHUNK_TRIES = 3;

export interface RunChunksOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called after every batch with the windows done, chunks found done before included. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** A chunk that could not be run. */
export interface FailedChunk {
  readonly task: ChunkTask;
  readonly error: unknown;
}

/**
 * Runs the chunks that have no whole file yet. A chunk that fails is tried again; after three times it is
 * left out and reported.
 *
 * @throws {UniCellError} `CANCELED`; `OUTPUT_UNWRITABLE`, since nothing else could be kept either.
 */
export async function runChunks(
  folder: ChunkFolder,
  source: ImageSource,
  engine: Engine,
  { signal, onProgress }: RunChunksOptions = {},
): Promise<readonly FailedChunk[]> {
  const tasks = [...folder.layout.tasks.values()];
  const total = tasks.reduce((sum, { windows }) => sum + windows, 0);
  const there = await folder.list();
  const failed: FailedChunk[] = [];
  const doneWindows = new Map<number, number>();
  const report = (task: ChunkTask, windows: number) => {
    doneWindows.set(task.index, windows);
    onProgress?.(
      [...doneWindows.values()].reduce((sum, one) => sum + one, 0),
      total,
    );
  };
  const queue = tasks.values();
  const stop = new AbortController();
  const either = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal;
  const lane = async () => {
    for (const task of queue) {
      const key = there.get(task.index);
      const isThere = key !== undefined && (await folder.read(task.index, key)) !== undefined;
      const error = isThere
        ? undefined
        : await tryChunk(folder, task, source, engine, either, (done) => report(task, done));
      if (error !== undefined) failed.push({ task, error });
      report(task, task.windows);
    }
  };
  const lanes = Array.from({ length: LANES }, () =>
    lane().catch((error) => {
      stop.abort(error);
      throw error;
    }),
  );
  const ended = await Promise.allSettled(lanes);
  throwIfCanceled(signal);
  for (const one of ended) if (one.status === 'rejected') throw stop.signal.reason;
  return failed.sort((a, b) => a.task.index - b.task.index);
}

/** @returns What went wrong, when it went wrong each time. */
async function tryChunk(
  folder: ChunkFolder,
  task: ChunkTask,
  source: ImageSource,
  engine: Engine,
  signal: AbortSignal,
  onWindows: (done: number) => void,
): Promise<unknown> {
  let last: unknown;
  for (let tries = 0; tries < CHUNK_TRIES; tries++) {
    try {
      await runChunk(folder, task, source, engine, { signal, onWindows });
      return undefined;
    } catch (error) {
      throwIfCanceled(signal);
      if (isUnwritable(error)) throw error;
      last = error;
    }
  }
  return last ?? new Error('it was not tried');
}

function isUnwritable(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === 'OUTPUT_UNWRITABLE';
}
