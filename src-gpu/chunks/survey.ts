/**
 * What there is of a plan's chunks, read once from end to end before anything is made of it.
 *
 * @module
 */
import { throwIfCanceled } from '../../shared/cancel.ts';
import { settleOpen } from '../../shared/nuclei/chunk-nuclei.ts';
import type { Nuclei } from '../../shared/nuclei/nuclei.ts';
import type { ChunkFolder } from './chunk-folder.ts';

export interface Survey {
  /** The file of each chunk that is there and whole. */
  readonly keys: ReadonlyMap<number, string>;
  /** Chunks without one. */
  readonly missing: readonly number[];
  /** Windows that the model saw. */
  readonly windows: number;
  /** Windows in which every query was a nucleus, per dataset. */
  readonly saturatedWindows: readonly number[];
  /** Which of a chunk's open nuclei are no duplicates, per dataset and by chunk. */
  readonly survives: readonly ReadonlyMap<number, Uint8Array>[];
}

/**
 * Verifies every chunk file and settles what the chunks left open. Only the open nuclei of all chunks are
 * in memory at once, a few of a thousand.
 */
export async function surveyChunks(folder: ChunkFolder, signal?: AbortSignal): Promise<Survey> {
  const { layout } = folder;
  const listed = await folder.list();
  const keys = new Map<number, string>();
  const open = layout.plan.routes.map(() => new Map<number, Nuclei>());
  const saturatedWindows = layout.plan.routes.map(() => 0);
  let windows = 0;
  for (const index of layout.tasks.keys()) {
    throwIfCanceled(signal);
    const key = listed.get(index);
    const content = key === undefined ? undefined : await folder.read(index, key);
    if (key === undefined || content === undefined) continue;
    keys.set(index, key);
    windows += content.windows;
    for (const [i, result] of content.results.entries()) {
      saturatedWindows[i]! += result.saturatedWindows;
      open[i]!.set(index, result.open);
    }
  }
  return {
    keys,
    missing: [...layout.tasks.keys()].filter((index) => !keys.has(index)),
    windows,
    saturatedWindows,
    survives: open.map((byChunk, i) => {
      const settled = settleOpen([...byChunk.values()], layout.radiusPx(i));
      return new Map([...byChunk.keys()].map((index, place) => [index, settled[place]!]));
    }),
  };
}
