import type { Nuclei } from './nuclei.ts';

/**
 * Sorts rows in place from top to bottom, then from left to right, then by descending score, then by
 * class: an order of the set, whatever order the rows come in.
 *
 * @param rows Rows of `nuclei`.
 */
export function sortInReadingOrder(nuclei: Nuclei, rows: Uint32Array): Uint32Array {
  const { x, y, class: classes, score } = nuclei;
  return rows.sort(
    (a, b) => y[a]! - y[b]! || x[a]! - x[b]! || score[b]! - score[a]! || classes[a]! - classes[b]!,
  );
}
