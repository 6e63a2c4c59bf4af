import type { Size } from '../image/source.ts';
import type { RegionGeometry } from './region-geometry.ts';

type Place = readonly [x: number, y: number];

/**
 * Area of the part of a region that lies in the image, in pixels. The first ring of a polygon is its outline
 * and further ones are holes in it; polygons of one region must not overlap.
 */
export function regionArea(region: RegionGeometry, image: Size): number {
  const polygons = region.type === 'Polygon' ? [region.coordinates] : region.coordinates;
  let area = 0;
  for (const rings of polygons) {
    for (const [i, ring] of rings.entries()) {
      area += (i === 0 ? 1 : -1) * ringArea(clip(ring, image));
    }
  }
  return area;
}

/** Shoelace formula. */
function ringArea(ring: readonly Place[]): number {
  let twice = 0;
  for (const [i, [x, y]] of ring.entries()) {
    const [nextX, nextY] = ring[(i + 1) % ring.length]!;
    twice += x * nextY - nextX * y;
  }
  return Math.abs(twice) / 2;
}

/** Sutherland and Hodgman: what leaves the image runs along its edge. */
function clip(ring: readonly Place[], { width, height }: Size): readonly Place[] {
  let clipped = ring;
  for (const [axis, limit, sign] of [
    [0, 0, 1],
    [0, width, -1],
    [1, 0, 1],
    [1, height, -1],
  ] as const) {
    const inside = (place: Place) => sign * (place[axis] - limit) >= 0;
    clipped = clipped.flatMap((place, i) => {
      const before = clipped.at(i - 1)!;
      const kept = inside(place) ? [place] : [];
      return inside(before) === inside(place)
        ? kept
        : [crossing(before, place, axis, limit), ...kept];
    });
  }
  return clipped;
}

function crossing(from: Place, to: Place, axis: 0 | 1, limit: number): Place {
  const share = (limit - from[axis]) / (to[axis] - from[axis]);
  const other = from[1 - axis]! + share * (to[1 - axis]! - from[1 - axis]!);
  return axis === 0 ? [limit, other] : [other, limit];
}
