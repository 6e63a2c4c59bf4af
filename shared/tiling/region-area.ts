import type { Region, Size } from '../image/source.ts';
import type { RegionGeometry } from './region-geometry.ts';

type Place = readonly [x: number, y: number];

/** Lines along which regions are measured that cover each other or cross themselves, and edges crossed by all of them. */
const LINES = { least: 256, most: 8192 };
const EDGES_CROSSED = 2e6;
/** What the lines may be wrong by. */
const TOLERANCE = 1e-3;

/**
 * Area of the part of an image that any of the regions takes in, in pixels; what several take in counts once, and
 * what a polygon takes in is told as by `regionMask` (even-odd rule). Exact where outlines do not cross, else to
 * about a thousandth.
 *
 * @param part Counts only what lies in this rectangle of the image.
 */
export function regionsArea(
  regions: readonly RegionGeometry[],
  image: Size,
  part?: Region,
): number {
  if (part)
    return regionsArea(
      regions.map((region) => movedTo(region, part)),
      part,
    );
  const exact = regions.reduce((sum, region) => sum + regionArea(region, image), 0);
  const measured = measuredArea(regions, image);
  const isSimple = Math.abs(exact - measured) <= TOLERANCE * Math.max(measured, 1);
  return isSimple ? exact : measured;
}

/** A region in pixels from the corner of a rectangle. */
function movedTo(region: RegionGeometry, { x, y }: Region): RegionGeometry {
  const move = (rings: readonly (readonly Place[])[]) =>
    rings.map((ring) => ring.map(([atX, atY]): [number, number] => [atX - x, atY - y]));
  return region.type === 'Polygon'
    ? { type: 'Polygon', coordinates: move(region.coordinates) }
    : { type: 'MultiPolygon', coordinates: region.coordinates.map(move) };
}

function measuredArea(regions: readonly RegionGeometry[], image: Size): number {
  const edges = regions.flatMap((region, index) => edgesOf(region, index));
  const top = Math.max(
    0,
    edges.reduce((least, edge) => Math.min(least, edge.top), Infinity),
  );
  const deepest = edges.reduce((most, edge) => Math.max(most, edge.bottom), -Infinity);
  const bottom = Math.min(image.height, deepest);
  if (bottom <= top) return 0;
  const heights = edges.reduce((sum, edge) => sum + overlap(edge, top, bottom), 0);
  const affordable = Math.floor((EDGES_CROSSED * (bottom - top)) / heights);
  const lines = Math.max(LINES.least, Math.min(LINES.most, affordable));
  const step = (bottom - top) / lines;
  const waiting = edges.toSorted((a, b) => b.top - a.top);
  let active: Edge[] = [];
  let length = 0;
  for (let line = 0; line < lines; line++) {
    const y = top + (line + 0.5) * step;
    while (waiting.length > 0 && waiting.at(-1)!.top <= y) active.push(waiting.pop()!);
    active = active.filter((edge) => edge.bottom > y);
    length += coveredLength(active, y, image.width);
  }
  return length * step;
}

function overlap(edge: Edge, top: number, bottom: number): number {
  return Math.max(0, Math.min(edge.bottom, bottom) - Math.max(edge.top, top));
}

interface Edge {
  readonly polygon: string;
  readonly top: number;
  readonly bottom: number;
  readonly xAt: (y: number) => number;
}

function edgesOf(region: RegionGeometry, index: number): Edge[] {
  return polygonsOf(region).flatMap((rings, part) =>
    rings.flatMap((ring) =>
      ring.slice(1).map(([x2, y2], i) => {
        const [x1, y1] = ring[i]!;
        return {
          polygon: `${index} ${part}`,
          top: Math.min(y1, y2),
          bottom: Math.max(y1, y2),
          xAt: (y: number) => x1 + ((x2 - x1) * (y - y1)) / (y2 - y1),
        };
      }),
    ),
  );
}

/** How much of a line from 0 to `width` lies in any polygon, each by the even-odd rule. */
function coveredLength(edges: readonly Edge[], y: number, width: number): number {
  const crossings = new Map<string, number[]>();
  for (const { polygon, xAt } of edges) {
    const x = Math.max(0, Math.min(width, xAt(y)));
    const before = crossings.get(polygon);
    if (before) before.push(x);
    else crossings.set(polygon, [x]);
  }
  const stretches: Place[] = [];
  for (const xs of crossings.values()) {
    xs.sort((a, b) => a - b);
    for (let i = 0; i + 1 < xs.length; i += 2) stretches.push([xs[i]!, xs[i + 1]!]);
  }
  let [covered, end] = [0, 0];
  for (const [from, to] of stretches.sort(([a], [b]) => a - b)) {
    covered += Math.max(0, to - Math.max(from, end));
    end = Math.max(end, to);
  }
  return covered;
}

function polygonsOf(region: RegionGeometry): readonly Place[][][] {
  return region.type === 'Polygon' ? [region.coordinates] : region.coordinates;
}

/**
 * Area of the part of a region that lies in the image, in pixels. The first ring of a polygon is its outline
 * and further ones are holes in it; polygons of one region must not overlap.
 */
export function regionArea(region: RegionGeometry, image: Size): number {
  let area = 0;
  for (const rings of polygonsOf(region)) {
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
