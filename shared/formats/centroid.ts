/**
 * Where the middle of an outline is.
 *
 * @module
 */
type Place = readonly [x: number, y: number];

/**
 * The centroid of an area: holes count less, and of several parts each by its size.
 *
 * @param polygons As the coordinates of a MultiPolygon of GeoJSON: polygons of rings of places, the first the outline.
 * @returns `undefined` for what is none, or has no area.
 */
export function centroidOf(polygons: unknown): readonly [number, number] | undefined {
  let [area, sumX, sumY] = [0, 0, 0];
  for (const rings of Array.isArray(polygons) ? polygons : []) {
    for (const [i, ring] of (Array.isArray(rings) ? rings : []).entries()) {
      if (!isRing(ring)) return undefined;
      const part = ringMoments(ring);
      const sign = i === 0 ? 1 : -1;
      area += sign * part.area;
      sumX += sign * part.area * part.x;
      sumY += sign * part.area * part.y;
    }
  }
  return area > 0 ? [sumX / area, sumY / area] : undefined;
}

function isRing(ring: unknown): ring is Place[] {
  const isPlace = (place: unknown) =>
    Array.isArray(place) && Number.isFinite(place[0]) && Number.isFinite(place[1]);
  return Array.isArray(ring) && ring.length > 0 && ring.every(isPlace);
}

/** From its first corner, so that far places keep their digits. */
function ringMoments(ring: readonly Place[]): { area: number; x: number; y: number } {
  const [left, top] = ring[0]!;
  let [twice, x, y] = [0, 0, 0];
  for (const [i, place] of ring.entries()) {
    const next = ring[(i + 1) % ring.length]!;
    const [x1, y1, x2, y2] = [place[0] - left, place[1] - top, next[0] - left, next[1] - top];
    const cross = x1 * y2 - x2 * y1;
    twice += cross;
    x += (x1 + x2) * cross;
    y += (y1 + y2) * cross;
  }
  if (twice === 0) return { area: 0, x: left, y: top };
  return { area: Math.abs(twice) / 2, x: left + x / (3 * twice), y: top + y / (3 * twice) };
}
