/**
 * What has been done before, by whom ever.
 *
 * @module
 */
import type { ChunkFolder } from '../../chunks/chunk-folder.ts';
import { type ChunkDone, nucleiOf } from '../../chunks/run-chunk.ts';
import type { DoneChunks } from '../job-state.ts';

/** The chunks that have a whole file. */
export async function doneChunks(folder: ChunkFolder): Promise<DoneChunks> {
  const indices: number[] = [];
  let [windows, nuclei] = [0, 0];
  for (const [index, key] of await folder.list()) {
    const done = await readDone(folder, index, key);
    if (done === undefined) continue;
    indices.push(index);
    windows += done.windows;
    nuclei += done.nuclei;
  }
  return { indices, windows, nuclei };
}

/** What the file of a chunk holds; `undefined` when there is none that is whole. */
export async function doneChunk(
  folder: ChunkFolder,
  index: number,
): Promise<ChunkDone | undefined> {
  const key = (await folder.list(index)).get(index);
  return key === undefined ? undefined : readDone(folder, index, key);
}

async function readDone(
  folder: ChunkFolder,
  index: number,
  key: string,
): Promise<ChunkDone | undefined> {
  const content = await folder.read(index, key);
  if (content === undefined) return undefined;
  return { windows: content.windows, nuclei: nucleiOf(content.results) };
}
