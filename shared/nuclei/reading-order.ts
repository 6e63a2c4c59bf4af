import type { Nuclei } from './nuclei.ts';

/** Which half of a 64-bit key is its low word on this machine. */
const LOW = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1 ? 0 : 1;

/**
 * Sorts rows from top to bottom, then from left to right, then by descending score, then by class: an
 * order of the set, whatever order the rows come in.
 *
 * A float that is not negative sorts like its bits, so y and the row make one 64-bit key, which the
 * runtime sorts without a comparator: several times faster at a million rows.
 *
 * @param rows Rows of `nuclei`, whose y is not negative.
 */
export function inReadingOrder(nuclei: Nuclei, rows: Uint32Array): Uint32Array {
  const bits = new Uint32Array(nuclei.y.buffer, nuclei.y.byteOffset, nuclei.length);
  const keys = new BigUint64Array(rows.length);
  const words = new Uint32Array(keys.buffer);
  for (let i = 0; i < rows.length; i++) {
    words[2 * i + LOW] = rows[i]!;
    words[2 * i + 1 - LOW] = bits[rows[i]!]!;
  }
  keys.sort();
  const sorted = rows.map((_, i) => words[2 * i + LOW]!);
  sortEqualHeights(nuclei, sorted);
  return sorted;
}

/**
 * Rows of two tables that are each in reading order, as rows of the one after the other (`concatNuclei`), in
 * reading order.
 */
export function mergedOrder(first: Nuclei, second: Nuclei): Uint32Array {
  const rows = new Uint32Array(first.length + second.length);
  let [a, b] = [0, 0];
  for (let i = 0; i < rows.length; i++) {
    const isFirst =
      b === second.length || (a < first.length && compareRows(first, a, second, b) <= 0);
    rows[i] = isFirst ? a++ : first.length + b++;
  }
  return rows;
}

function compareRows(one: Nuclei, a: number, other: Nuclei, b: number): number {
  return (
    one.y[a]! - other.y[b]! ||
    one.x[a]! - other.x[b]! ||
    other.score[b]! - one.score[a]! ||
    one.class[a]! - other.class[b]!
  );
}

function sortEqualHeights(nuclei: Nuclei, rows: Uint32Array): void {
  const { x, y, class: classes, score } = nuclei;
  for (let start = 0; start < rows.length; ) {
    let end = start + 1;
    while (end < rows.length && y[rows[end]!] === y[rows[start]!]) {
      end++;
    }
    if (end > start + 1) {
      rows
        .subarray(start, end)
        .sort((a, b) => x[a]! - x[b]! || score[b]! - score[a]! || classes[a]! - classes[b]!);
    }
    start = end;
  }
}
