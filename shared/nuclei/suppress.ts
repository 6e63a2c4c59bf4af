/**
 * One nucleus, one prediction.
 *
 * @module
 */
import { neighbours } from './neighbours.ts';
import type { Nuclei } from './nuclei.ts';

/**
 * Greedy suppression: from the highest score down, a nucleus drops the others that are nearer to it
 * than `radiusPx`, whatever their class. Equal scores are ranked by y, x and class, so the result is
 * one of the set and not of its order.
 *
 * @param radiusPx In the pixels of the coordinates; 0 drops nothing.
 * @returns 1 per row that is dropped, else 0.
 */
export function suppressDuplicates(nuclei: Nuclei, radiusPx: number): Uint8Array {
  const dropped = new Uint8Array(nuclei.length);
  if (nuclei.length < 2 || radiusPx === 0) {
    return dropped;
  }
  const near = neighbours(nuclei, radiusPx);
  for (const row of byRank(nuclei)) {
    if (dropped[row] === 0) {
      for (const other of near(row)) {
        dropped[other] = 1;
      }
    }
  }
  return dropped;
}

/** Rows by descending score, then y, x and class. */
export function byRank(nuclei: Nuclei): Uint32Array {
  const { x, y, class: classes, score } = nuclei;
  const rows = Uint32Array.from({ length: nuclei.length }, (_, row) => row);
  return rows.sort(
    (a, b) => score[b]! - score[a]! || y[a]! - y[b]! || x[a]! - x[b]! || classes[a]! - classes[b]!,
  );
}
