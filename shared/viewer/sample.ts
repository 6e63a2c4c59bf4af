/**
 * Which nuclei a coarse tile shows, when it cannot show all. Each nucleus has a rank that follows from its
 * place alone, as good as random; a sample is those with the lowest ranks. So every nucleus has the same
 * chance wherever it lies, the sample of a tile follows from the samples of its quarters, what is shown
 * zoomed out stays when one zooms in, and the first rows of a sample are a smaller sample.
 *
 * @module
 */
import type { Nuclei } from '../nuclei/nuclei.ts';
import { takeNuclei } from '../nuclei/select.ts';

/** Nuclei that a tile above the finest level shows: on a screen of a dozen tiles, one per 60 pixels. */
export const SAMPLE_LIMIT = 4096;

/** Which half of a 64-bit key is its low word on this machine. */
const LOW = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1 ? 0 : 1;

/**
 * Nuclei by rank, the lowest first.
 *
 * @param limit How many are kept.
 */
export function sampleOf(nuclei: Nuclei, limit: number): Nuclei {
  const { length } = nuclei;
  const ranks = ranksOf(nuclei);
  const keys = new BigUint64Array(length);
  const words = new Uint32Array(keys.buffer);
  for (let row = 0; row < length; row++) {
    words[2 * row + LOW] = row;
    words[2 * row + 1 - LOW] = ranks[row]!;
  }
  keys.sort();
  const rows = Uint32Array.from({ length }, (_, i) => words[2 * i + LOW]!);
  sortEqualRanks(nuclei, ranks, rows);
  return takeNuclei(nuclei, rows.subarray(0, limit));
}

/** The finaliser of MurmurHash3 (Austin Appleby, public domain) over the bits of both coordinates. */
function ranksOf({ x, y, length }: Nuclei): Uint32Array {
  const [left, top] = [bitsOf(x), bitsOf(y)];
  const ranks = new Uint32Array(length);
  for (let row = 0; row < length; row++) {
    ranks[row] = mixed(mixed(left[row]!) ^ Math.imul(top[row]!, 0x9e3779b1));
  }
  return ranks;
}

function bitsOf(column: Float32Array): Uint32Array {
  return new Uint32Array(column.buffer, column.byteOffset, column.length);
}

function mixed(bits: number): number {
  let h = bits ^ (bits >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** An order of the set, whatever order the rows come in. */
function sortEqualRanks(nuclei: Nuclei, ranks: Uint32Array, rows: Uint32Array): void {
  const { x, y, class: classes, score } = nuclei;
  for (let start = 0; start < rows.length; ) {
    let end = start + 1;
    while (end < rows.length && ranks[rows[end]!] === ranks[rows[start]!]) end++;
    if (end > start + 1) {
      rows
        .subarray(start, end)
        .sort(
          (a, b) =>
            y[a]! - y[b]! || x[a]! - x[b]! || score[b]! - score[a]! || classes[a]! - classes[b]!,
        );
    }
    start = end;
  }
}
