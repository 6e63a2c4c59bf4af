/**
 * The edges of regions, checked: what a mask looks through, and no more of them than it can.
 *
 * @module
 */
import { UniCellError } from '../errors.ts';
import type { RegionGeometry } from './region-geometry.ts';

/** As GeoJSON has it: closed, so its last position is its first. */
type Ring = readonly (readonly [x: number, y: number])[];

/** x1, y1, x2, y2 of each edge, and the polygon that it belongs to; in the order of polygons. */
export interface RegionEdges {
  readonly places: Float64Array;
  readonly polygons: Int32Array;
}

/** Corners of all regions together. An edge takes about 250 bytes while a mask of it is there. */
export const MAX_CORNERS = 1_000_000;
/** Edges at one height, of all regions together: what looking up a place may cost. */
export const MAX_EDGES_AT_HEIGHT = 2048;
/** Products of four of these are still finite, and exact enough to tell a line from an area. */
const FARTHEST_PX = 1e9;

/**
 * Checks regions without making anything of them that is kept, in time that grows as n log n.
 *
 * @throws {UniCellError} As {@link regionEdges}.
 */
export function checkRegions(geometries: readonly RegionGeometry[]): void {
  regionEdges(geometries);
}

/**
 * Lists the edges of all rings.
 *
 * @throws {UniCellError} `INVALID_OPTIONS` for a ring that is not closed, has fewer than four positions,
 *   numbers that are not finite or beyond 10^9, or no area; and for regions with more than
 *   {@link MAX_CORNERS} corners, or more than {@link MAX_EDGES_AT_HEIGHT} edges at one height.
 */
export function regionEdges(geometries: readonly RegionGeometry[]): RegionEdges {
  const count = countEdges(geometries);
  const places = new Float64Array(count * 4);
  const polygons = new Int32Array(count);
  let polygon = 0;
  let edge = 0;
  for (const [index, geometry] of geometries.entries()) {
    for (const rings of partsOf(geometry)) {
      for (const ring of rings) {
        requireRing(ring, index);
        for (let i = 1; i < ring.length; i++, edge++) {
          places[edge * 4] = ring[i - 1]![0];
          places[edge * 4 + 1] = ring[i - 1]![1];
          places[edge * 4 + 2] = ring[i]![0];
          places[edge * 4 + 3] = ring[i]![1];
          polygons[edge] = polygon;
        }
      }
      polygon += 1;
    }
  }
  const edges = { places, polygons };
  const deepest = mostEdgesAtHeight(edges);
  if (deepest > MAX_EDGES_AT_HEIGHT) {
    throw new UniCellError(
      'INVALID_OPTIONS',
      `At one height the regions have ${deepest} edges side by side; at most ${MAX_EDGES_AT_HEIGHT} are taken. Simplify the polygons, or send fewer in one request.`,
    );
  }
  return edges;
}

/** How many edges share a height, at most, their ends included; those that lie level do not count. */
export function mostEdgesAtHeight({ places, polygons }: RegionEdges): number {
  const tops = new Float64Array(polygons.length);
  const bottoms = new Float64Array(polygons.length);
  let steep = 0;
  for (let edge = 0; edge < polygons.length; edge++) {
    const [y1, y2] = [places[edge * 4 + 1]!, places[edge * 4 + 3]!];
    if (y1 === y2) continue;
    tops[steep] = Math.min(y1, y2);
    bottoms[steep++] = Math.max(y1, y2);
  }
  const begins = tops.subarray(0, steep).sort();
  const ends = bottoms.subarray(0, steep).sort();
  let most = 0;
  let ended = 0;
  for (let begun = 0; begun < steep; begun++) {
    while (ends[ended]! < begins[begun]!) ended++;
    most = Math.max(most, begun + 1 - ended);
  }
  return most;
}

function partsOf(geometry: RegionGeometry): readonly (readonly Ring[])[] {
  return geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.coordinates;
}

function countEdges(geometries: readonly RegionGeometry[]): number {
  let count = 0;
  for (const geometry of geometries) {
    for (const rings of partsOf(geometry)) {
      for (const ring of rings) count += Math.max(0, ring.length - 1);
    }
  }
  if (count <= MAX_CORNERS) return count;
  throw new UniCellError(
    'INVALID_OPTIONS',
    `The regions have ${count} corners; at most ${MAX_CORNERS} are taken. Simplify the polygons.`,
  );
}

function requireRing(ring: Ring, index: number): void {
  const [first, last] = [ring[0], ring.at(-1)];
  let reason: string | undefined;
  if (ring.length < 4) reason = `has a ring of ${ring.length} positions; it needs at least 4`;
  else if (!ring.every(([x, y]) => Number.isFinite(x) && Number.isFinite(y))) {
    reason = 'has a position that is no finite number';
  } else if (!ring.every(([x, y]) => Math.abs(x) <= FARTHEST_PX && Math.abs(y) <= FARTHEST_PX)) {
    reason = `has a position farther away than ${FARTHEST_PX} px`;
  } else if (first![0] !== last![0] || first![1] !== last![1]) {
    reason = 'has a ring that is not closed; its last position must be its first';
  } else if (isFlat(ring)) reason = 'has a ring without area: all its positions lie on one line';
  if (reason) {
    throw new UniCellError(
      'INVALID_OPTIONS',
      `Region ${index} ${reason}. Give GeoJSON polygons in pixels of the full resolution.`,
    );
  }
}

/** Whether all positions lie on one line. A figure of eight has an area, though its signed area is 0. */
function isFlat(ring: Ring): boolean {
  const [x0, y0] = ring[0]!;
  const far = ring.find(([x, y]) => x !== x0 || y !== y0);
  if (!far) return true;
  const [dx, dy] = [far[0] - x0, far[1] - y0];
  return ring.every(([x, y]) => dx * (y - y0) - dy * (x - x0) === 0);
}
