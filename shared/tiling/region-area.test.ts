import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { regionArea, regionsArea } from './region-area.ts';
import { regionMask } from './region-mask.ts';

type Ring = [number, number][];

const image = { width: 40, height: 30 };

function rectangle(x: number, y: number, width: number, height: number): Ring {
  return [
    [x, y],
    [x + width, y],
    [x + width, y + height],
    [x, y + height],
    [x, y],
  ];
}

describe('the area of a region', () => {
  it.each([
    ['a rectangle', [rectangle(3, 4, 10, 5)], 50],
    ['a rectangle with a hole', [rectangle(0, 0, 20, 20), rectangle(5, 5, 2, 3)], 394],
    ['what lies half outside', [rectangle(-10, -10, 20, 20)], 100],
    ['what lies outside', [rectangle(50, 50, 5, 5)], 0],
    ['more than the picture', [rectangle(-100, -100, 1000, 1000)], 1200],
    [
      'a triangle across a corner',
      [
        [
          [30, -10],
          [50, 10],
          [50, -10],
          [30, -10],
        ] as Ring,
      ],
      0,
    ],
  ])('%s', (_name, coordinates, area) => {
    expect(regionArea({ type: 'Polygon', coordinates }, image)).toBeCloseTo(area, 9);
    const turned = coordinates.map((ring) => ring.toReversed());
    expect(regionArea({ type: 'Polygon', coordinates: turned }, image)).toBeCloseTo(area, 9);
    const region = { type: 'MultiPolygon', coordinates: [coordinates] } as const;
    expect(regionArea({ ...region, coordinates: [coordinates] }, image)).toBeCloseTo(area, 9);
  });

  it('in parts that make up the image is that of the image', () => {
    const corner = fc.tuple(fc.integer({ min: -20, max: 60 }), fc.integer({ min: -20, max: 60 }));
    const cut = fc.integer({ min: 1, max: 39 });
    fc.assert(
      fc.property(corner, corner, corner, cut, (a, b, c, x) => {
        const triangle = { type: 'Polygon' as const, coordinates: [[a, b, c, a]] };
        const hole = { type: 'MultiPolygon' as const, coordinates: [[rectangle(2, 2, 9, 9)]] };
        for (const region of [triangle, hole]) {
          const parts = [
            { x: 0, y: 0, width: x, height: 30 },
            { x, y: 0, width: 40 - x, height: 30 },
          ].map((part) => regionsArea([region], image, part));
          expect(parts[0]! + parts[1]!).toBeCloseTo(regionsArea([region], image), 6);
        }
      }),
    );
  });

  it('is that of the places which the mask takes in', () => {
    const corner = fc.tuple(fc.integer({ min: -20, max: 60 }), fc.integer({ min: -20, max: 60 }));
    fc.assert(
      fc.property(corner, corner, corner, (a, b, c) => {
        const twice = (b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1]);
        fc.pre(twice !== 0);
        const region = { type: 'Polygon' as const, coordinates: [[a, b, c, a]] };
        const { contains } = regionMask([region], image);
        let inside = 0;
        const step = 0.25;
        for (let y = step / 2; y < image.height; y += step) {
          for (let x = step / 2; x < image.width; x += step) if (contains(x, y)) inside += 1;
        }
        // Along the edges, up to a step on either side is uncertain.
        expect(Math.abs(inside * step * step - regionArea(region, image))).toBeLessThan(60);
      }),
      { numRuns: 60 },
    );
  });
});

describe('the area of several regions', () => {
  const polygon = (ring: Ring) => ({ type: 'Polygon' as const, coordinates: [ring] });

  it('is exact where they are apart, and counts once what they share', () => {
    const left = polygon(rectangle(1, 2, 10, 5));
    const right = polygon(rectangle(20, 2, 10, 5.5));
    expect(regionsArea([left, right], image)).toBe(105);
    expect(regionsArea([left, left], image)).toBeCloseTo(50, 1);
    const shifted = polygon(rectangle(6, 2, 10, 5));
    expect(regionsArea([left, shifted], image)).toBeCloseTo(75, 1);
  });

  it('is that of both halves of a figure of eight', () => {
    const eight: Ring = [
      [0, 0],
      [20, 20],
      [20, 0],
      [0, 20],
      [0, 0],
    ];
    expect(regionsArea([polygon(eight)], image)).toBeCloseTo(200, 0);
  });

  it('is what the mask takes in', () => {
    const place = fc.tuple(fc.integer({ min: -10, max: 50 }), fc.integer({ min: -10, max: 40 }));
    const ring = fc
      .array(place, { minLength: 3, maxLength: 6 })
      .map((places): Ring => [...places, places[0]!] as Ring)
      .filter((places) => places.some(([x, y]) => cross(places, x, y) !== 0));
    fc.assert(
      fc.property(fc.array(ring, { minLength: 1, maxLength: 3 }), (rings) => {
        const mask = regionMask(rings.map(polygon), image);
        let inside = 0;
        const steps = 8;
        for (let y = 0.5; y < image.height * steps; y++) {
          for (let x = 0.5; x < image.width * steps; x++) {
            if (mask.contains(x / steps, y / steps)) inside += 1;
          }
        }
        expect(Math.abs(mask.areaPx - inside / steps ** 2)).toBeLessThan(6);
      }),
      { numRuns: 40 },
    );
  });
});

/** Whether a place lies on the line through the first two places that differ: 0. */
function cross(ring: Ring, x: number, y: number): number {
  const [x0, y0] = ring[0]!;
  const [x1, y1] = ring.find(([a, b]) => a !== x0 || b !== y0) ?? [x0, y0];
  return (x1 - x0) * (y - y0) - (y1 - y0) * (x - x0);
}
