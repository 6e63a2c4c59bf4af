import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { regionArea } from './region-area.ts';
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
