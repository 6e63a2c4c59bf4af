/**
 * A balanced k-d tree over points, laid out as a complete binary tree in flat arrays. Each node knows
 * its bounding box and a floor under the discounts of its points, so that the assignment can bound the
 * reduced cost of a whole subtree and leave it alone.
 *
 * kdbush, which the rest of the core uses for range queries, gives neither node boxes nor a place for
 * the floors.
 *
 * @module
 */

const LEAF_SIZE = 8;

export class PointTree {
  /** Position in the tree -> index of the point as given. */
  readonly ids: Int32Array;
  /** Coordinates in tree order. */
  readonly x: Float64Array;
  readonly y: Float64Array;
  /** Nodes `firstLeaf .. 2 * firstLeaf - 1` are leaves; the root is node 1, children `2k` and `2k + 1`. */
  readonly firstLeaf: number;
  /** Node k holds the positions `start[k] <= t < end[k]`. */
  readonly start: Int32Array;
  readonly end: Int32Array;
  readonly minX: Float64Array;
  readonly minY: Float64Array;
  readonly maxX: Float64Array;
  readonly maxY: Float64Array;
  /** A lower bound of `-price` over the points of the node. */
  readonly floor: Float64Array;
  readonly #leafOf: Int32Array;

  constructor(x: ArrayLike<number>, y: ArrayLike<number>) {
    const n = x.length;
    let firstLeaf = 1;
    while (firstLeaf * LEAF_SIZE < n) firstLeaf *= 2;
    const nodes = 2 * firstLeaf;
    this.firstLeaf = firstLeaf;
    this.ids = Int32Array.from({ length: n }, (_, i) => i);
    this.start = new Int32Array(nodes);
    this.end = new Int32Array(nodes);
    this.minX = new Float64Array(nodes).fill(Infinity);
    this.minY = new Float64Array(nodes).fill(Infinity);
    this.maxX = new Float64Array(nodes).fill(-Infinity);
    this.maxY = new Float64Array(nodes).fill(-Infinity);
    this.floor = new Float64Array(nodes);
    this.#leafOf = new Int32Array(n);
    this.end[1] = n;
    for (let node = 1; node < nodes; node++) this.#build(node, x, y);
    this.x = Float64Array.from(this.ids, (i) => x[i]!);
    this.y = Float64Array.from(this.ids, (i) => y[i]!);
  }

  /** The least distance from (x, y) to the box of a node. */
  distance(node: number, x: number, y: number): number {
    let dx = this.minX[node]! - x;
    if (dx < 0) dx = Math.max(0, x - this.maxX[node]!);
    let dy = this.minY[node]! - y;
    if (dy < 0) dy = Math.max(0, y - this.maxY[node]!);
    return Math.sqrt(dx * dx + dy * dy);
  }

  /** Raises the floors above position `t` after its price fell. */
  raiseFloor(t: number, price: Float64Array): void {
    const { floor, start, end } = this;
    let node = this.#leafOf[t]!;
    let least = Infinity;
    for (let s = start[node]!; s < end[node]!; s++) least = Math.min(least, -price[s]!);
    while (node > 0 && least > floor[node]!) {
      floor[node] = least;
      least = Math.min(least, floor[node ^ 1]!);
      node >>= 1;
    }
  }

  #build(node: number, x: ArrayLike<number>, y: ArrayLike<number>): void {
    const { ids, firstLeaf } = this;
    const start = this.start[node]!;
    const end = this.end[node]!;
    let [minX, minY, maxX, maxY] = [Infinity, Infinity, -Infinity, -Infinity];
    for (let t = start; t < end; t++) {
      const px = x[ids[t]!]!;
      const py = y[ids[t]!]!;
      if (px < minX) minX = px;
      if (px > maxX) maxX = px;
      if (py < minY) minY = py;
      if (py > maxY) maxY = py;
    }
    this.minX[node] = minX;
    this.minY[node] = minY;
    this.maxX[node] = maxX;
    this.maxY[node] = maxY;
    if (node >= firstLeaf) {
      this.#leafOf.fill(node, start, end);
      return;
    }
    const middle = (start + end) >> 1;
    if (end - start > 1) selectNth(ids, maxX - minX > maxY - minY ? x : y, start, end - 1, middle);
    this.start[2 * node] = start;
    this.end[2 * node] = middle;
    this.start[2 * node + 1] = middle;
    this.end[2 * node + 1] = end;
  }
}

/** Hoare's selection: moves the n-th smallest by `values` to place n, smaller ones before it. */
function selectNth(
  ids: Int32Array,
  values: ArrayLike<number>,
  first: number,
  last: number,
  n: number,
): void {
  let left = first;
  let right = last;
  while (right > left) {
    const pivot = values[ids[(left + right) >> 1]!]!;
    let i = left;
    let j = right;
    while (i <= j) {
      while (values[ids[i]!]! < pivot) i++;
      while (values[ids[j]!]! > pivot) j--;
      if (i <= j) {
        const swapped = ids[i]!;
        ids[i++] = ids[j]!;
        ids[j--] = swapped;
      }
    }
    if (n <= j) right = j;
    else if (n >= i) left = i;
    else return;
  }
}
