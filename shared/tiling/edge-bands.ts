/**
 * Edges by height, in memory that grows with their number and with nothing else.
 *
 * @module
 */
import { mostEdgesAtHeight, type RegionEdges } from './region-edges.ts';

/**
 * Bands begin where every so many edges do, a sixteenth of those that share a height at most. So a band has
 * hardly more edges than one height may have, and all bands together list an edge seventeen times on
 * average, however many of them span everything.
 */
const BANDS_PER_SHARE = 16;

export class EdgeBands {
  /** Where each band begins, from above. */
  readonly #borders: Float64Array;
  /** Where the list of each band begins in `#listed`. */
  readonly #starts: Int32Array;
  readonly #listed: Int32Array;
  /** All edges by where they begin, level ones included; and those heights. */
  readonly #inOrder: Int32Array;
  readonly #tops: Float64Array;
  readonly #bottom: number;

  constructor(edges: RegionEdges) {
    const { places, polygons } = edges;
    const topOf = (edge: number) => Math.min(places[edge * 4 + 1]!, places[edge * 4 + 3]!);
    const bottomOf = (edge: number) => Math.max(places[edge * 4 + 1]!, places[edge * 4 + 3]!);
    this.#inOrder = Int32Array.from(polygons.keys()).sort((a, b) => topOf(a) - topOf(b));
    this.#tops = Float64Array.from(this.#inOrder, topOf);
    this.#borders = bordersOf(this.#tops, Math.max(1, mostEdgesAtHeight(edges)));
    let bottom = Number.NEGATIVE_INFINITY;
    const counts = new Int32Array(this.#borders.length + 1);
    const isSteep = (edge: number) => places[edge * 4 + 1] !== places[edge * 4 + 3];
    for (let edge = 0; edge < polygons.length; edge++) {
      bottom = Math.max(bottom, bottomOf(edge));
      if (!isSteep(edge)) continue;
      const last = this.#bandAt(bottomOf(edge));
      for (let band = this.#bandAt(topOf(edge)); band <= last; band++) counts[band + 1]!++;
    }
    this.#bottom = bottom;
    for (let band = 1; band < counts.length; band++) counts[band]! += counts[band - 1]!;
    this.#starts = counts;
    this.#listed = new Int32Array(counts.at(-1)!);
    const next = counts.slice();
    for (let edge = 0; edge < polygons.length; edge++) {
      if (!isSteep(edge)) continue;
      const last = this.#bandAt(bottomOf(edge));
      for (let band = this.#bandAt(topOf(edge)); band <= last; band++) {
        this.#listed[next[band]!++] = edge;
      }
    }
  }

  /** How many entries the lists of all bands have. */
  get length(): number {
    return this.#listed.length;
  }

  /** All edges that cross a height, with a few beside them, in the order of their polygons; level edges do not count. */
  at(y: number): Int32Array {
    if (!(y >= this.#borders[0]! && y <= this.#bottom)) return NONE;
    const band = this.#bandAt(y);
    return this.#listed.subarray(this.#starts[band]!, this.#starts[band + 1]!);
  }

  /** All edges that begin between two heights, both included. */
  beginning(top: number, bottom: number): Int32Array {
    return this.#inOrder.subarray(
      firstAbove(this.#tops, top, false),
      firstAbove(this.#tops, bottom, true),
    );
  }

  #bandAt(y: number): number {
    return Math.max(0, firstAbove(this.#borders, y, true) - 1);
  }
}

const NONE = new Int32Array(0);

function bordersOf(tops: Float64Array, mostAtHeight: number): Float64Array {
  const step = Math.max(1, Math.ceil(mostAtHeight / BANDS_PER_SHARE));
  const borders: number[] = [];
  for (let i = 0; i < tops.length; i += step) {
    if (tops[i] !== borders.at(-1)) borders.push(tops[i]!);
  }
  return Float64Array.from(borders);
}

/** The first index of an ascending list whose value is above `value`, or, unless `isPast`, equal to it. */
function firstAbove(values: Float64Array, value: number, isPast: boolean): number {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const isBefore = isPast ? values[middle]! <= value : values[middle]! < value;
    if (isBefore) low = middle + 1;
    else high = middle;
  }
  return low;
}
