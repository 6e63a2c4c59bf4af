/**
 * How a plane too large for one go is cut into pieces of work.
 *
 * @module
 */
import type { Region } from '../image/source.ts';
import type { PlannedWindow, WindowPlan } from './plan-windows.ts';

/** Pixels of the plane along each side of a chunk's core, about. */
export const CHUNK_PX = 4096;

/** A block of whole windows of one plan. */
export interface PlannedChunk {
  /** Place in the plan, row by row. */
  readonly index: number;
  readonly column: number;
  readonly row: number;
  /** Union of the cores of its windows, in pixels of the plane. */
  readonly core: Region;
}

/** The chunks of a plane, computed on demand. Their cores partition the plane. */
export interface ChunkPlan extends Iterable<PlannedChunk> {
  readonly windows: WindowPlan;
  readonly columns: number;
  readonly rows: number;
  readonly count: number;
  /** @throws {RangeError} when there is no such chunk. */
  at(index: number): PlannedChunk;
  /** The windows of a chunk, row by row. */
  windowsOf(chunk: PlannedChunk): Iterable<PlannedWindow>;
  /** Chunks whose cores meet a rectangle of the plane, by index; `Infinity` and parts outside are fine. */
  chunksUnder(rectangle: Region): readonly PlannedChunk[];
}

/**
 * Groups the windows of a plan into chunks of about `chunkPx` along each side, of nearly equal numbers of
 * windows. A chunk is never smaller than a window.
 *
 * @example
 * const chunks = planChunks(planWindows({ width: 50_000, height: 40_000 }, card.window));
 * for (const chunk of chunks) run(chunks.windowsOf(chunk));
 */
export function planChunks(windows: WindowPlan, chunkPx: number = CHUNK_PX): ChunkPlan {
  const { plane } = windows;
  const x = groupsOf(windows.columns, plane.width, chunkPx);
  const y = groupsOf(windows.rows, plane.height, chunkPx);
  const count = x.count * y.count;
  const windowAt = (column: number, row: number) => windows.at(row * windows.columns + column);
  const at = (index: number): PlannedChunk => {
    if (!(Number.isInteger(index) && index >= 0 && index < count)) {
      throw new RangeError(`There is no chunk ${index} in a plan of ${count}.`);
    }
    const column = index % x.count;
    const row = Math.floor(index / x.count);
    const { core: first } = windowAt(x.first(column), y.first(row));
    const { core: last } = windowAt(x.first(column + 1) - 1, y.first(row + 1) - 1);
    const core = {
      x: first.x,
      y: first.y,
      width: last.x + last.width - first.x,
      height: last.y + last.height - first.y,
    };
    return { index, column, row, core };
  };
  const chunks = function* () {
    for (let index = 0; index < count; index++) {
      yield at(index);
    }
  };
  return {
    windows,
    columns: x.count,
    rows: y.count,
    count,
    at,
    *windowsOf({ column, row }) {
      for (let r = y.first(row); r < y.first(row + 1); r++) {
        for (let c = x.first(column); c < x.first(column + 1); c++) {
          yield windowAt(c, r);
        }
      }
    },
    chunksUnder: (rectangle) => [...chunks()].filter(({ core }) => meets(core, rectangle)),
    [Symbol.iterator]: chunks,
  };
}

/** Deals `count` windows of an axis into groups of about `chunkPx`. */
function groupsOf(count: number, sizePx: number, chunkPx: number) {
  const perGroup = Math.max(1, Math.round((chunkPx * count) / sizePx));
  const groups = Math.ceil(count / perGroup);
  return { count: groups, first: (group: number) => Math.floor((group * count) / groups) };
}

function meets(a: Region, b: Region): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}
