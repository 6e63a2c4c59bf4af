/**
 * How a level too large for one go is cut into pieces of work.
 *
 * @module
 */
import type { Region } from '../image/source.ts';
import type { PlannedWindow, WindowPlan } from './plan-windows.ts';

/** Pixels of the level along each side of a chunk's core, about. */
export const CHUNK_PX = 4096;

/** A block of whole windows of one plan. */
export interface PlannedChunk {
  /** Place in the plan, row by row. */
  readonly index: number;
  readonly column: number;
  readonly row: number;
  /** Union of the cores of its windows, in pixels of the level. */
  readonly core: Region;
}

/** The chunks of a level, computed on demand. Their cores partition the level. */
export interface ChunkPlan extends Iterable<PlannedChunk> {
  readonly windows: WindowPlan;
  readonly columns: number;
  readonly rows: number;
  readonly count: number;
  /** @throws {RangeError} when there is no such chunk. */
  at(index: number): PlannedChunk;
  /** The windows of a chunk, row by row. */
  windowsOf(chunk: PlannedChunk): Iterable<PlannedWindow>;
  /** Chunks whose cores meet a rectangle of the level, by index; `Infinity` and parts outside are fine. */
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
  const { level } = windows;
  const x = groupsOf(windows.columns, level.width, chunkPx);
  const y = groupsOf(windows.rows, level.height, chunkPx);
  const count = x.count * y.count;
  const windowAt = (column: number, row: number) => windows.at(row * windows.columns + column);
  const edgesX = [...x.firsts.map((first) => windowAt(first, 0).core.x), level.width];
  const edgesY = [...y.firsts.map((first) => windowAt(0, first).core.y), level.height];
  const chunkAt = (column: number, row: number): PlannedChunk => {
    const [left, top] = [edgesX[column]!, edgesY[row]!];
    const size = { width: edgesX[column + 1]! - left, height: edgesY[row + 1]! - top };
    return { index: row * x.count + column, column, row, core: { x: left, y: top, ...size } };
  };
  const at = (index: number): PlannedChunk => {
    if (!(Number.isInteger(index) && index >= 0 && index < count)) {
      throw new RangeError(`There is no chunk ${index} in a plan of ${count}.`);
    }
    return chunkAt(index % x.count, Math.floor(index / x.count));
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
    chunksUnder: (rectangle) => {
      const columns = under(edgesX, rectangle.x, rectangle.width);
      return under(edgesY, rectangle.y, rectangle.height).flatMap((row) =>
        columns.map((column) => chunkAt(column, row)),
      );
    },
    [Symbol.iterator]: chunks,
  };
}

/** Deals `count` windows of an axis into groups of about `chunkPx`. */
function groupsOf(windows: number, sizePx: number, chunkPx: number) {
  const perGroup = Math.max(1, Math.round((chunkPx * windows) / sizePx));
  const count = Math.ceil(windows / perGroup);
  const first = (group: number) => Math.floor((group * windows) / count);
  return { count, first, firsts: Array.from({ length: count }, (_, group) => first(group)) };
}

/** Places along an axis that share more than an edge with a stretch of it. */
function under(edges: readonly number[], start: number, length: number): number[] {
  return [...edges.keys()].filter(
    (i) => i + 1 < edges.length && edges[i]! < start + length && start < edges[i + 1]!,
  );
}
