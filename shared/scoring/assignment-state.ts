/**
 * The primal and dual variables of a linear sum assignment between points under the Euclidean
 * distance, and the step both searches share: taking a shortest augmenting path into the assignment.
 *
 * Reduced cost of row i and column t: `distance(i, t) - rowPrice[i] - columnPrice[t] >= 0`, with
 * equality on assigned pairs; column prices are never positive and free columns have price 0.
 *
 * @module
 */
import { PointTree } from './point-tree.ts';

export class AssignmentState {
  readonly rows: number;
  readonly columns: number;
  readonly rowX: ArrayLike<number>;
  readonly rowY: ArrayLike<number>;
  /** The columns' points; every column index below is a position in this tree. */
  readonly tree: PointTree;
  readonly rowPrice: Float64Array;
  readonly columnPrice: Float64Array;
  /** Row of a column, or -1 while it is free. */
  readonly rowOf: Int32Array;
  /** Column of a row, or -1 before its turn. */
  readonly columnOf: Int32Array;
  /** Length of the shortest path found so far to a column, in reduced cost. */
  readonly pathLength: Float64Array;
  /** The row from which that path enters the column. */
  readonly previousRow: Int32Array;
  /** Assigned columns whose shortest path is final, in order: `scanned[0 .. scannedCount)`. */
  readonly scanned: Int32Array;
  scannedCount = 0;
  /** Work so far, in distance evaluations. */
  work = 0;

  constructor(
    rowX: ArrayLike<number>,
    rowY: ArrayLike<number>,
    columnX: ArrayLike<number>,
    columnY: ArrayLike<number>,
  ) {
    this.rows = rowX.length;
    this.columns = columnX.length;
    this.rowX = Float64Array.from(rowX);
    this.rowY = Float64Array.from(rowY);
    this.tree = new PointTree(columnX, columnY);
    this.rowPrice = new Float64Array(this.rows);
    this.columnPrice = new Float64Array(this.columns);
    this.rowOf = new Int32Array(this.columns).fill(-1);
    this.columnOf = new Int32Array(this.rows).fill(-1);
    this.pathLength = new Float64Array(this.columns).fill(Infinity);
    this.previousRow = new Int32Array(this.columns);
    this.scanned = new Int32Array(this.columns);
  }

  /** Assigns `row` along the path that ends in the free column `sink` and updates the prices. */
  augment(row: number, sink: number): void {
    const { rowPrice, columnPrice, rowOf, columnOf, pathLength, previousRow, scanned } = this;
    const shortest = pathLength[sink]!;
    rowPrice[row]! += shortest;
    for (let s = 0; s < this.scannedCount; s++) {
      const t = scanned[s]!;
      const slack = shortest - pathLength[t]!;
      rowPrice[rowOf[t]!]! += slack;
      columnPrice[t]! -= slack;
    }
    for (let s = 0; s < this.scannedCount; s++) this.tree.raiseFloor(scanned[s]!, columnPrice);
    for (let t = sink; ; ) {
      const i = previousRow[t]!;
      const next = columnOf[i]!;
      rowOf[t] = i;
      columnOf[i] = t;
      if (i === row) return;
      t = next;
    }
  }
}
