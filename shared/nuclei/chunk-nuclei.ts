/**
 * Nuclei of the pieces that a level was worked on in, and how they become those of the whole.
 *
 * Suppression only looks at neighbours nearer than the radius, so it decides each connected group of them
 * by itself. A group that does not come near the border of its chunk is settled in the chunk; the others
 * are written as they are and settled when the chunks beside it are there. The result is the one that a
 * single merger of all windows gives.
 *
 * @module
 */
import type { Region, Size } from '../image/source.ts';
import { isInSeamBand } from '../tiling/ownership.ts';
import { neighbours } from './neighbours.ts';
import type { Nuclei } from './nuclei.ts';
import { inReadingOrder } from './reading-order.ts';
import { concatNuclei, rowsWhere, takeNuclei } from './select.ts';
import { suppressDuplicates } from './suppress.ts';

/** What one chunk found, in pixels of the level. */
export interface ChunkNuclei {
  readonly decided: Nuclei;
  /** Those whose group comes near the border to another chunk: duplicates are still among them. */
  readonly open: Nuclei;
}

/**
 * Which nuclei of a seam band are connected, over steps shorter than the radius, to one that lies nearer
 * than the radius to a border that the chunk shares.
 *
 * @param core The core of the chunk.
 * @returns 1 per row that is, else 0.
 */
export function openRows(band: Nuclei, core: Region, level: Size, radiusPx: number): Uint8Array {
  const { x, y, length } = band;
  const isOpen = new Uint8Array(length);
  const reached: number[] = [];
  const reach = (row: number) => {
    if (isOpen[row] === 0) {
      isOpen[row] = 1;
      reached.push(row);
    }
  };
  for (let row = 0; row < length; row++) {
    if (isInSeamBand(core, level, x[row]!, y[row]!, radiusPx)) {
      reach(row);
    }
  }
  const near = reached.length > 0 ? neighbours(band, radiusPx) : () => [];
  for (let row = reached.pop(); row !== undefined; row = reached.pop()) {
    near(row).forEach(reach);
  }
  return isOpen;
}

/**
 * Settles what chunks left open. It is enough to give all open nuclei of those groups that matter.
 *
 * @param open Of each chunk.
 * @returns For each chunk, 1 per row that is a nucleus, 0 per duplicate.
 */
export function settleOpen(open: readonly Nuclei[], radiusPx: number): Uint8Array[] {
  const dropped = suppressDuplicates(concatNuclei(open), radiusPx);
  let start = 0;
  return open.map(({ length }) => {
    start += length;
    return dropped.subarray(start - length, start).map((flag) => 1 - flag);
  });
}

/**
 * The nuclei of chunks whose open ones are settled, from top to bottom and from left to right.
 *
 * @param survives As of {@link settleOpen}.
 * @param scale Factors for x and y, to go from the level to the image.
 */
export function joinChunks(
  chunks: readonly ChunkNuclei[],
  survives: readonly Uint8Array[],
  scale: { readonly x: number; readonly y: number },
): Nuclei {
  const settled = chunks.flatMap(({ decided, open }, i) => [
    decided,
    takeNuclei(
      open,
      rowsWhere(open.length, (row) => survives[i]![row] === 1),
    ),
  ]);
  const all = concatNuclei(settled);
  const rows = rowsWhere(all.length, () => true);
  return takeNuclei(all, inReadingOrder(all, rows), scale);
}
