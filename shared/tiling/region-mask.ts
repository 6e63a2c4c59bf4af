/**
 * Regions of interest as polygons: which places and which rectangles they take in.
 *
 * @module
 */

import type { Size } from '../image/source.ts';
import { EdgeBands } from './edge-bands.ts';
import { regionsArea } from './region-area.ts';
import { type RegionEdges, regionEdges } from './region-edges.ts';
import type { RegionFilter } from './region-filter.ts';
import type { RegionGeometry } from './region-geometry.ts';

/**
 * Takes in what any of the polygons takes in. A place is inside a polygon when a ray from it crosses the
 * rings an odd number of times (even-odd rule): holes are holes whatever their winding, and where a
 * polygon crosses itself the parts that it covers twice are outside. On an edge, left and top count as
 * inside and right and bottom do not.
 *
 * @param geometries GeoJSON geometries (RFC 7946, section 3.1.6) in pixels of the image, y downwards.
 * @param image Size of the image at full resolution.
 * @throws {UniCellError} `INVALID_OPTIONS` as {@link regionEdges} does.
 */
export function regionMask(geometries: readonly RegionGeometry[], image: Size): RegionFilter {
  const edges = regionEdges(geometries);
  const bands = new EdgeBands(edges);
  const contains = (x: number, y: number) => containsPlace(edges, bands.at(y), x, y);
  let areaPx: number | undefined;
  return {
    get areaPx() {
      areaPx ??= regionsArea(geometries, image);
      return areaPx;
    },
    contains,
    touches({ x, y, width, height }, level) {
      const scaleX = image.width / level.width;
      const scaleY = image.height / level.height;
      const [left, top] = [x * scaleX, y * scaleY];
      const [right, bottom] = [(x + width) * scaleX, (y + height) * scaleY];
      const box = { left, top, right, bottom };
      if (anyCrosses(edges.places, bands.at(top), box)) return true;
      if (anyCrosses(edges.places, bands.beginning(top, bottom), box)) return true;
      // No edge inside: all of it lies in the regions, or none of it.
      return contains((left + right) / 2, (top + bottom) / 2);
    },
  };
}

function containsPlace(
  { places, polygons }: RegionEdges,
  near: Int32Array,
  x: number,
  y: number,
): boolean {
  let isInside = false;
  let polygon = -1;
  for (let i = 0; i < near.length; i++) {
    const edge = near[i]!;
    if (polygons[edge] !== polygon) {
      if (isInside) return true;
      polygon = polygons[edge]!;
    }
    const y1 = places[edge * 4 + 1]!;
    const y2 = places[edge * 4 + 3]!;
    if (y1 > y === y2 > y) continue;
    const x1 = places[edge * 4]!;
    if (x < ((places[edge * 4 + 2]! - x1) * (y - y1)) / (y2 - y1) + x1) isInside = !isInside;
  }
  return isInside;
}

function anyCrosses(places: Float64Array, edges: Int32Array, box: Box): boolean {
  for (let i = 0; i < edges.length; i++) {
    const at = edges[i]! * 4;
    const [x1, x2] = [places[at]!, places[at + 2]!];
    // Most edges end here.
    if ((x1 < box.left && x2 < box.left) || (x1 > box.right && x2 > box.right)) continue;
    if (crosses(x1, places[at + 1]!, x2 - x1, places[at + 3]! - places[at + 1]!, box)) return true;
  }
  return false;
}

interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Whether an edge and a rectangle share a place: clipping leaves something of it (Liang and Barsky). */
function crosses(x1: number, y1: number, dx: number, dy: number, box: Box): boolean {
  let [from, to] = [0, 1];
  for (const [step, distance] of [
    [-dx, x1 - box.left],
    [dx, box.right - x1],
    [-dy, y1 - box.top],
    [dy, box.bottom - y1],
  ] as const) {
    if (step === 0 && distance < 0) return false;
    if (step < 0) from = Math.max(from, distance / step);
    if (step > 0) to = Math.min(to, distance / step);
  }
  return from <= to;
}
