import { UniCellError } from '../../shared/errors.ts';
import { joinChunks } from '../../shared/nuclei/chunk-nuclei.ts';
import type { Nuclei } from '../../shared/nuclei/nuclei.ts';
import type { ChunkResult } from './chunk-file.ts';
import type { ChunkFolder } from './chunk-folder.ts';

/** Which nuclei are wanted, of chunks that are there. */
export interface RowsRequest {
  /** The file of each chunk. */
  readonly keys: ReadonlyMap<number, string>;
  /** Place of the dataset in the plan. */
  readonly dataset: number;
  /** Which of a chunk's open nuclei are no duplicates. */
  readonly survives: ReadonlyMap<number, Uint8Array>;
  /** Keeps of nuclei in pixels of level 0 what is asked for. */
  readonly filter: (nuclei: Nuclei) => Nuclei;
}

/**
 * The nuclei of chunks, one row of chunks after the other: together from top to bottom and from left to
 * right. One row is in memory at a time.
 *
 * @throws {UniCellError} `INTERNAL` when a file is damaged that was whole before.
 */
export async function* nucleiByRow(
  folder: ChunkFolder,
  { keys, dataset, survives, filter }: RowsRequest,
): AsyncGenerator<Nuclei> {
  const { chunks, scale } = folder.layout;
  for (let row = 0; row < chunks.rows; row++) {
    const results: ChunkResult[] = [];
    const kept: Uint8Array[] = [];
    for (let column = 0; column < chunks.columns; column++) {
      const index = row * chunks.columns + column;
      const key = keys.get(index);
      if (key === undefined) continue;
      const content = await folder.read(index, key);
      if (content === undefined) throw lost(index);
      results.push(content.results[dataset]!);
      kept.push(survives.get(index)!);
    }
    if (results.length > 0) yield filter(joinChunks(results, kept, scale));
  }
}

function lost(index: number): UniCellError {
  return new UniCellError(
    'INTERNAL',
    `The file of chunk ${index} was damaged or removed while results were read from it. Ask again; the chunk is run anew.`,
  );
}
