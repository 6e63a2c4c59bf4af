/**
 * Dijkstra's search for a shortest augmenting path over all columns, after Crouse, "On implementing 2D
 * rectangular assignment algorithms" (2016), with distances computed on the fly: `O(columns)` memory,
 * at most `O(columns^2)` work for a row. It takes the rows whose partners are so far away that the near
 * search gains nothing.
 *
 * @module
 */
import type { AssignmentState } from './assignment-state.ts';

export class DenseSearch {
  readonly #state: AssignmentState;
  readonly #remaining: Int32Array;

  constructor(state: AssignmentState) {
    this.#state = state;
    this.#remaining = new Int32Array(state.columns);
  }

  /**
   * Finds the free column nearest to `row` in reduced cost and fills `pathLength`, `previousRow` and
   * `scanned` of the state. `pathLength` must come in as infinity everywhere.
   */
  run(row: number): number {
    const state = this.#state;
    const { tree, rowX, rowY, rowPrice, columnPrice, rowOf, pathLength, previousRow } = state;
    const { x, y } = tree;
    const remaining = this.#remaining;
    let count = state.columns;
    for (let t = 0; t < count; t++) remaining[t] = t;
    state.scannedCount = 0;
    let length = 0;
    for (let i = row; ; ) {
      state.work += count;
      const px = rowX[i]!;
      const py = rowY[i]!;
      const base = length - rowPrice[i]!;
      let nearest = 0;
      length = Infinity;
      for (let r = 0; r < count; r++) {
        const t = remaining[r]!;
        const dx = px - x[t]!;
        const dy = py - y[t]!;
        const offer = base + Math.sqrt(dx * dx + dy * dy) - columnPrice[t]!;
        let known = pathLength[t]!;
        if (offer < known) {
          pathLength[t] = offer;
          previousRow[t] = i;
          known = offer;
        }
        if (known < length || (known === length && rowOf[t]! < 0)) {
          length = known;
          nearest = r;
        }
      }
      const t = remaining[nearest]!;
      if (rowOf[t]! < 0) return t;
      state.scanned[state.scannedCount++] = t;
      remaining[nearest] = remaining[--count]!;
      i = rowOf[t]!;
    }
  }

  /** Forgets the paths of the last run. */
  reset(): void {
    this.#state.pathLength.fill(Infinity);
  }
}
