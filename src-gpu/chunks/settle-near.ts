/**
 * Settling the open nuclei of a few chunks without reading all the others.
 *
 * @module
 */
import { settleOpen } from '../../shared/nuclei/chunk-nuclei.ts';
import { neighbours } from '../../shared/nuclei/neighbours.ts';
import type { Nuclei } from '../../shared/nuclei/nuclei.ts';
import { concatNuclei } from '../../shared/nuclei/select.ts';
import type { ChunkPlan } from '../../shared/tiling/plan-chunks.ts';

/**
 * Whether an open nucleus is a duplicate depends on its group alone, and a group goes on in another chunk
 * only where one of its nuclei is nearer than the radius. So further chunks are read only as far as groups
 * reach, which is seldom beyond the next one.
 *
 * @param wanted Chunks whose open nuclei are to be settled.
 * @param read The open nuclei of a chunk; none where it is not there.
 * @returns For each wanted chunk, 1 per row that is a nucleus: as if all chunks had been read.
 */
export async function settleNear(
  chunks: ChunkPlan,
  wanted: readonly number[],
  radiusPx: number,
  read: (index: number) => Promise<Nuclei>,
): Promise<ReadonlyMap<number, Uint8Array>> {
  const open = new Map<number, Nuclei>();
  for (let more: Iterable<number> = wanted; ; ) {
    const before = open.size;
    for (const index of more) open.set(index, await read(index));
    if (open.size === before) break;
    more = chunksReached(chunks, open, new Set(wanted), radiusPx);
  }
  const settled = settleOpen([...open.values()], radiusPx);
  const byChunk = new Map([...open.keys()].map((index, place) => [index, settled[place]!]));
  return new Map(wanted.map((index) => [index, byChunk.get(index)!]));
}

/** Chunks not read yet that groups of the wanted ones come near to. */
function chunksReached(
  chunks: ChunkPlan,
  open: ReadonlyMap<number, Nuclei>,
  wanted: ReadonlySet<number>,
  radiusPx: number,
): Set<number> {
  const reached = new Set<number>();
  if (radiusPx === 0) return reached;
  const all = concatNuclei([...open.values()]);
  const near = neighbours(all, radiusPx);
  const isFollowed = Uint8Array.from(
    [...open].flatMap(([index, { length }]) => Array(length).fill(wanted.has(index) ? 1 : 0)),
  );
  const queue = [...isFollowed.keys()].filter((row) => isFollowed[row] === 1);
  for (let row = queue.pop(); row !== undefined; row = queue.pop()) {
    const side = 2 * radiusPx;
    const box = { x: all.x[row]! - radiusPx, y: all.y[row]! - radiusPx, width: side, height: side };
    for (const { index } of chunks.chunksUnder(box)) {
      if (!open.has(index)) reached.add(index);
    }
    for (const other of near(row)) {
      if (isFollowed[other] === 0) {
        isFollowed[other] = 1;
        queue.push(other);
      }
    }
  }
  return reached;
}
