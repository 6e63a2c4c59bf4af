import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pointGrid, tileBox, tileSidePx, tilesOf } from './point-grid.ts';
import { buildTile } from './point-pyramid.ts';
import { addCells, addPoints, shownPerCell } from './view-counts.ts';
import { levelInView, tilesInView } from './view-tiles.ts';

const CLASSES = 3;
const side = fc.integer({ min: 1, max: 200_000 });
const grids = fc.record({ width: side, height: side }).map((size) => pointGrid(size, 0.25));

describe('the tiles of a screen', () => {
  it('are all that its box touches, and no others', () => {
    fc.assert(
      fc.property(grids, fc.tuple(side, side, side, side), ({ ...grid }, [a, b, c, d]) => {
        const box = [
          Math.min(a, c) - 50,
          Math.min(b, d) - 50,
          Math.max(a, c),
          Math.max(b, d),
        ] as const;
        const z = Math.min(grid.levels - 1, 3);
        const shown = new Set(tilesInView(grid, z, box).map(({ x, y }) => `${x},${y}`));
        const { width, height } = tilesOf(grid, z);
        for (let y = 0; y < height; y++) {
          for (let x = 0; x < width; x++) {
            const [x0, y0] = tileBox(grid, { z, x, y });
            const size = tileSidePx(grid, z);
            const isTouched =
              x0 < box[2] && x0 + size > box[0] && y0 < box[3] && y0 + size > box[1];
            expect(shown.has(`${x},${y}`)).toBe(isTouched);
          }
        }
      }),
      { numRuns: 50 },
    );
  });

  it('are few, whatever the zoom', () => {
    fc.assert(
      fc.property(grids, fc.double({ min: 0.05, max: 500, noNaN: true }), (grid, scale) => {
        const z = levelInView(grid, scale);
        const [width, height] = [1440 * scale, 900 * scale];
        const count = tilesInView(grid, z, [0, 0, width, height]).length;
        expect(count).toBeLessThanOrEqual((1440 / 384 + 1) * (900 / 384 + 1));
      }),
    );
  });
});

describe('the numbers of a screen', () => {
  const grid = pointGrid({ width: 1000, height: 1000 }, 1);
  const rows = fc.array(
    fc.tuple(
      fc.nat(999),
      fc.nat(999),
      fc.nat(CLASSES - 1),
      fc.nat(100).map((p) => p / 100),
    ),
    { maxLength: 50 },
  );

  it('are those of its nuclei, from points as from cells that lie inside', () => {
    fc.assert(
      fc.property(rows, fc.nat(20), (list, k) => {
        const minScore = k / 20;
        const nuclei = {
          length: list.length,
          x: Float32Array.from(list, ([x]) => x + 0.5),
          y: Float32Array.from(list, ([, y]) => y + 0.5),
          class: Uint8Array.from(list, ([, , kind]) => kind),
          score: Float32Array.from(list, ([, , , score]) => score),
        };
        const place = { z: 0, x: 0, y: 0 };
        const tile = buildTile(grid, place, nuclei, CLASSES);
        // The whole height: the last row of cells lies half below the slide.
        const box = [0, 0, 512, 1000] as const;
        const [points, cells] = [
          [0, 0, 0],
          [0, 0, 0],
        ];
        addPoints(points, tile, box, minScore);
        addCells(cells, grid, place, tile.counts, box, minScore);
        // Score 1 lies in the last step, which also holds 0.95.
        if (k < 20) expect(cells).toEqual(points);
        const shown = shownPerCell(tile.counts, { classes: [true, false, true], minScore });
        const all = [0, 0, 0];
        addPoints(all, tile, [0, 0, 2000, 2000], minScore);
        if (k < 20) expect(shown.reduce((sum, value) => sum + value, 0)).toBe(all[0]! + all[2]!);
      }),
    );
  });
});
