/**
 * Dijkstra's search for a shortest augmenting path that looks at near points first: edges come out of
 * a k-d tree in order of a lower bound of their reduced cost, so most rows see a handful of columns
 * instead of all of them, and no cost matrix exists.
 *
 * @module
 */
import type { AssignmentState } from './assignment-state.ts';
import { Frontier } from './frontier.ts';

/** Marks a frontier entry that is a column; other entries are (row, node of the tree). */
const COLUMN = -1;

/** A step of this search takes about as long as this many distance evaluations of the dense search. */
const STEP_COST = 48;

/** Work that a row may take without being compared with the dense search. */
const FREE_WORK = 64 * STEP_COST;

export class NearSearch {
  readonly #state: AssignmentState;
  readonly #frontier = new Frontier();
  readonly #done: Uint8Array;
  readonly #touched: Int32Array;
  #touchedCount = 0;
  /** The nearest free column so far and the length of the path to it. */
  #sink = -1;
  #shortest = Infinity;

  constructor(state: AssignmentState) {
    this.#state = state;
    this.#done = new Uint8Array(state.columns);
    this.#touched = new Int32Array(state.columns);
  }

  /**
   * Finds the free column nearest to `row` in reduced cost and fills `pathLength`, `previousRow` and
   * `scanned` of the state.
   *
   * @returns The column, or -1 when the dense search would have come this far with less work.
   */
  run(row: number): number {
    const state = this.#state;
    const frontier = this.#frontier;
    const done = this.#done;
    const { columns, columnOf, rowOf, pathLength, scanned } = state;
    frontier.clear();
    this.#sink = -1;
    this.#shortest = Infinity;
    state.scannedCount = 0;
    this.#relax(row, 0, 1);
    for (let work = 0; frontier.smallest < this.#shortest; work += STEP_COST) {
      if (work > FREE_WORK + columns * (1 + state.scannedCount)) return -1;
      state.work += STEP_COST;
      frontier.pop();
      const { key, a, b } = frontier;
      if (a !== COLUMN) {
        this.#relax(a, a === row ? 0 : pathLength[columnOf[a]!]!, b);
      } else if (done[b] === 0) {
        done[b] = 1;
        scanned[state.scannedCount++] = b;
        this.#relax(rowOf[b]!, key, 1);
      }
    }
    return this.#sink;
  }

  /** Forgets the paths of the last run. */
  reset(): void {
    const { pathLength } = this.#state;
    for (let s = 0; s < this.#touchedCount; s++) {
      const t = this.#touched[s]!;
      pathLength[t] = Infinity;
      this.#done[t] = 0;
    }
    this.#touchedCount = 0;
  }

  /**
   * Walks from `node` down to the leaf nearest to `row`, leaving the farther siblings on the frontier,
   * and offers the leaf's columns a path of `length` to the row plus their own edge. Offering before
   * the leaf's turn is harmless: a column is final only when it leaves the frontier.
   */
  #relax(row: number, length: number, node: number): void {
    const state = this.#state;
    const { tree, columnPrice, rowOf, pathLength, previousRow } = state;
    const frontier = this.#frontier;
    const done = this.#done;
    const { x, y, floor } = tree;
    const px = state.rowX[row]!;
    const py = state.rowY[row]!;
    const base = length - state.rowPrice[row]!;
    let shortest = this.#shortest;
    let near = node;
    while (near < tree.firstLeaf) {
      const left = 2 * near;
      const right = left + 1;
      const leftKey = base + tree.distance(left, px, py) + floor[left]!;
      const rightKey = base + tree.distance(right, px, py) + floor[right]!;
      near = leftKey <= rightKey ? left : right;
      const farKey = Math.max(leftKey, rightKey);
      if (farKey < shortest) frontier.push(farKey, row, near ^ 1);
      else if (Math.min(leftKey, rightKey) >= shortest) return;
    }
    const end = tree.end[near]!;
    for (let t = tree.start[near]!; t < end; t++) {
      if (done[t] === 1) continue;
      const dx = px - x[t]!;
      const dy = py - y[t]!;
      const offer = base + Math.sqrt(dx * dx + dy * dy) - columnPrice[t]!;
      if (offer >= shortest || offer >= pathLength[t]!) continue;
      if (pathLength[t] === Infinity) this.#touched[this.#touchedCount++] = t;
      pathLength[t] = offer;
      previousRow[t] = row;
      if (rowOf[t]! >= 0) {
        frontier.push(offer, COLUMN, t);
      } else {
        shortest = offer;
        this.#sink = t;
      }
    }
    this.#shortest = shortest;
  }
}
