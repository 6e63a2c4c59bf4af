import type { Nuclei } from './nuclei.ts';

/**
 * Some rows of a table, in the order given.
 *
 * @param scale Factors for x and y, to go from one level to another.
 */
export function takeNuclei(
  nuclei: Nuclei,
  rows: Uint32Array,
  scale: { readonly x: number; readonly y: number } = { x: 1, y: 1 },
): Nuclei {
  const taken = {
    length: rows.length,
    x: new Float32Array(rows.length),
    y: new Float32Array(rows.length),
    class: new Uint8Array(rows.length),
    score: new Float32Array(rows.length),
  };
  const { x, y, class: classes, score } = nuclei;
  for (let to = 0; to < rows.length; to++) {
    const from = rows[to]!;
    taken.x[to] = x[from]! * scale.x;
    taken.y[to] = y[from]! * scale.y;
    taken.class[to] = classes[from]!;
    taken.score[to] = score[from]!;
  }
  return taken;
}

/** The rows of a table for which `keep` says so. */
export function rowsWhere(length: number, keep: (row: number) => boolean): Uint32Array {
  const rows = new Uint32Array(length);
  let kept = 0;
  for (let row = 0; row < length; row++) {
    if (keep(row)) {
      rows[kept++] = row;
    }
  }
  return rows.subarray(0, kept);
}

/** Rows that follow each other, `end` excluded, as a view. */
export function sliceNuclei(nuclei: Nuclei, start: number, end: number): Nuclei {
  const { x, y, class: classes, score } = nuclei;
  return {
    length: end - start,
    x: x.subarray(start, end),
    y: y.subarray(start, end),
    class: classes.subarray(start, end),
    score: score.subarray(start, end),
  };
}

/** Tables one after the other as one. */
export function concatNuclei(parts: readonly Nuclei[]): Nuclei {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const all = {
    length,
    x: new Float32Array(length),
    y: new Float32Array(length),
    class: new Uint8Array(length),
    score: new Float32Array(length),
  };
  let at = 0;
  for (const part of parts) {
    all.x.set(part.x, at);
    all.y.set(part.y, at);
    all.class.set(part.class, at);
    all.score.set(part.score, at);
    at += part.length;
  }
  return all;
}
