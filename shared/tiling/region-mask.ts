/**
 * Regions of interest as polygons: which places and which rectangles they take in.
 *
 * @module
 */

import { UniCellError } from '../errors.ts';
import type { Size } from '../image/source.ts';
import { regionsArea } from './region-area.ts';
import type { RegionFilter } from './region-filter.ts';
import type { RegionGeometry } from './region-geometry.ts';

/** As GeoJSON has it: closed, so its last position is its first. */
type Ring = readonly (readonly [x: number, y: number])[];

/** x1, y1, x2, y2 of each edge, and the polygon that it belongs to. */
interface Edges {
  readonly places: Float64Array;
  readonly polygons: Int32Array;
}

/** More would gain nothing: a band of the largest polygons has a few hundred edges. */
const MAX_BANDS = 4096;

/**
 * Takes in what any of the polygons takes in. A place is inside a polygon when a ray from it crosses the
 * rings an odd number of times (even-odd rule): holes are holes whatever their winding, and where a
 * polygon crosses itself the parts that it covers twice are outside. On an edge, left and top count as
 * inside and right and bottom do not.
 *
 * @param geometries GeoJSON geometries (RFC 7946, section 3.1.6) in pixels of the image, y downwards.
 * @param image Size of the image at full resolution.
 * @throws {UniCellError} `INVALID_OPTIONS` for a ring that is not closed, has fewer than four positions,
 *   numbers that are not finite, or no area.
 */
export function regionMask(geometries: readonly RegionGeometry[], image: Size): RegionFilter {
  const edges = edgesOf(geometries);
  const bands = new Bands(edges);
  const contains = (x: number, y: number) => containsPlace(edges, bands.at(y), x, y);
  return {
    areaPx: regionsArea(geometries, image),
    contains,
    touches({ x, y, width, height }, level) {
      const scaleX = image.width / level.width;
      const scaleY = image.height / level.height;
      const [left, top] = [x * scaleX, y * scaleY];
      const [right, bottom] = [(x + width) * scaleX, (y + height) * scaleY];
      for (let band = bands.indexOf(top); band <= bands.indexOf(bottom); band++) {
        for (const edge of bands.list(band)) {
          if (crosses(edges.places, edge, left, top, right, bottom)) return true;
        }
      }
      // No edge inside: all of it lies in the regions, or none of it.
      return contains((left + right) / 2, (top + bottom) / 2);
    },
  };
}

function edgesOf(geometries: readonly RegionGeometry[]): Edges {
  const places: number[] = [];
  const polygons: number[] = [];
  let polygon = 0;
  for (const [index, geometry] of geometries.entries()) {
    const parts = geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.coordinates;
    for (const rings of parts) {
      for (const ring of rings) {
        requireRing(ring, index);
        for (let i = 1; i < ring.length; i++) {
          places.push(...ring[i - 1]!, ...ring[i]!);
          polygons.push(polygon);
        }
      }
      polygon += 1;
    }
  }
  return { places: Float64Array.from(places), polygons: Int32Array.from(polygons) };
}

function requireRing(ring: Ring, index: number): void {
  const [first, last] = [ring[0], ring.at(-1)];
  let reason: string | undefined;
  if (ring.length < 4) reason = `has a ring of ${ring.length} positions; it needs at least 4`;
  else if (!ring.flat().every(Number.isFinite)) reason = 'has a position that is no finite number';
  else if (first![0] !== last![0] || first![1] !== last![1]) {
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

/** The edges of each of many horizontal bands, in the order of their polygons. */
class Bands {
  readonly #top: number;
  readonly #height: number;
  readonly #lists: readonly number[][];

  constructor({ places }: Edges) {
    const count = places.length / 4;
    let [top, bottom] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (let i = 1; i < places.length; i += 2) {
      top = Math.min(top, places[i]!);
      bottom = Math.max(bottom, places[i]!);
    }
    const bands = Math.min(MAX_BANDS, Math.max(1, count));
    this.#top = top;
    this.#height = (bottom - top) / bands;
    this.#lists = Array.from({ length: bands }, () => []);
    for (let edge = 0; edge < count; edge++) {
      const [y1, y2] = [places[edge * 4 + 1]!, places[edge * 4 + 3]!];
      const last = this.indexOf(Math.max(y1, y2));
      for (let band = this.indexOf(Math.min(y1, y2)); band <= last; band++) {
        this.#lists[band]!.push(edge);
      }
    }
  }

  /** The band of a height; the nearest one for a height outside of all. */
  indexOf(y: number): number {
    const band = Math.floor((y - this.#top) / this.#height);
    return Math.max(0, Math.min(this.#lists.length - 1, band));
  }

  list(band: number): readonly number[] {
    return this.#lists[band]!;
  }

  at(y: number): readonly number[] {
    return this.list(this.indexOf(y));
  }
}

function containsPlace(
  { places, polygons }: Edges,
  band: readonly number[],
  x: number,
  y: number,
): boolean {
  let isInside = false;
  let polygon = -1;
  for (const edge of band) {
    if (polygons[edge] !== polygon) {
      if (isInside) return true;
      polygon = polygons[edge]!;
    }
    const [x1, y1] = [places[edge * 4]!, places[edge * 4 + 1]!];
    const [x2, y2] = [places[edge * 4 + 2]!, places[edge * 4 + 3]!];
    if (y1 > y !== y2 > y && x < ((x2 - x1) * (y - y1)) / (y2 - y1) + x1) isInside = !isInside;
  }
  return isInside;
}

/** Whether an edge and a rectangle share a place: clipping leaves something of it (Liang and Barsky). */
function crosses(
  places: Float64Array,
  edge: number,
  left: number,
  top: number,
  right: number,
  bottom: number,
): boolean {
  const [x1, y1] = [places[edge * 4]!, places[edge * 4 + 1]!];
  const [dx, dy] = [places[edge * 4 + 2]! - x1, places[edge * 4 + 3]! - y1];
  let [from, to] = [0, 1];
  for (const [step, distance] of [
    [-dx, x1 - left],
    [dx, right - x1],
    [-dy, y1 - top],
    [dy, bottom - y1],
  ] as const) {
    if (step === 0 && distance < 0) return false;
    if (step < 0) from = Math.max(from, distance / step);
    if (step > 0) to = Math.min(to, distance / step);
  }
  return from <= to;
}
