import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EdgeBands } from './edge-bands.ts';
import { checkRegions, MAX_CORNERS, MAX_EDGES_AT_HEIGHT, regionEdges } from './region-edges.ts';
import type { RegionGeometry } from './region-geometry.ts';
import { regionMask } from './region-mask.ts';

type Position = [number, number];

const size = { width: 1000, height: 1000 };
const polygon = (ring: Position[]): RegionGeometry => ({
  type: 'Polygon',
  coordinates: [[...ring, ring[0]!]],
});

/** Up and down over the whole height. */
const zigzag = (edges: number) =>
  polygon(Array.from({ length: edges }, (_, i): Position => [i, i % 2 ? size.height : 0]));
/** From side to side, each edge at another height. */
const comb = (edges: number) =>
  polygon(
    Array.from({ length: edges }, (_, i): Position => [i % 2 ? 1000 : 0, (1000 * i) / edges]),
  );
/** Nearly all corners within a millionth of the height. */
const crowd = (edges: number) =>
  polygon([
    [0, 0],
    [0, 1000],
    ...Array.from({ length: edges - 2 }, (_, i): Position => [1 + (i % 2), 1e-3 * (1 - i / edges)]),
  ]);

describe('edges by height', () => {
  it.each([
    ['that all span the height', zigzag(2000)],
    ['that lie above each other', comb(50_000)],
    ['of which most are in one place', crowd(50_000)],
    ['of many polygons', { type: 'MultiPolygon', coordinates: manySquares() } as RegionGeometry],
  ])('take memory in proportion to their number %s', (_name, region) => {
    const edges = regionEdges([region]);
    const bands = new EdgeBands(edges);
    expect(bands.length).toBeLessThanOrEqual(20 * edges.polygons.length);
    for (let y = -0.5; y < 1002; y += 0.7) {
      expect(bands.at(y).length).toBeLessThanOrEqual((MAX_EDGES_AT_HEIGHT * 17) / 16 + 2);
    }
  });

  it('contain what every edge by itself says', () => {
    const place = fc.tuple(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 0, max: 12 }));
    const ring = fc.array(place, { minLength: 3, maxLength: 40 }).filter((places) => {
      const [[x0, y0], far] = [
        places[0]!,
        places.find(([x, y]) => x !== places[0]![0] || y !== places[0]![1]),
      ];
      return places.some(([x, y]) => far && (far[0] - x0) * (y - y0) !== (far[1] - y0) * (x - x0));
    });
    const rings = fc.array(ring, { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(rings, (all) => {
        const regions = all.map(polygon);
        const mask = regionMask(regions, { width: 12, height: 12 });
        for (let y = -1; y <= 13; y += 0.5) {
          for (let x = -1.25; x <= 13; x += 0.5) {
            expect(mask.contains(x, y)).toBe(all.some((one) => isInside(one, x, y)));
          }
        }
      }),
      { numRuns: 50 },
    );
  });
});

describe('regions beyond what is taken', () => {
  it.each([
    ['twenty thousand edges side by side', [zigzag(20_000)], /20000 edges side by side/],
    ['many regions side by side', Array.from({ length: 40 }, () => zigzag(100)), /4000 edges side/],
    ['too many corners', [comb(MAX_CORNERS + 1)], /1000001 corners/],
    [
      'a corner beyond all slides',
      [
        polygon([
          [0, 0],
          [9, 0],
          [9, 1e300],
        ]),
      ],
      /farther away/,
    ],
  ] as const)('%s are refused', (_name, regions, message) => {
    expect(() => checkRegions(regions)).toThrow(
      expect.objectContaining({
        code: 'INVALID_OPTIONS',
        message: expect.stringMatching(message),
      }),
    );
  });
});

function manySquares(): Position[][][] {
  return Array.from({ length: 900 }, (_, i) => {
    const [x, y] = [(i % 30) * 30, Math.floor(i / 30) * 30];
    return [
      [
        [x, y],
        [x + 20, y],
        [x + 20, y + 20],
        [x, y + 20],
        [x, y],
      ] as Position[],
    ];
  });
}

function isInside(ring: readonly Position[], x: number, y: number): boolean {
  let inside = false;
  for (const [i, [x1, y1]] of ring.entries()) {
    const [x2, y2] = ring[(i + 1) % ring.length]!;
    if (y1 > y !== y2 > y && x < ((x2 - x1) * (y - y1)) / (y2 - y1) + x1) inside = !inside;
  }
  return inside;
}
