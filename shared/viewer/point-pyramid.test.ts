import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Nuclei } from '../nuclei/nuclei.ts';
import { concatNuclei, rowsWhere, takeNuclei } from '../nuclei/select.ts';
import { countCells, SCORE_STEPS, scoreStep } from './cell-counts.ts';
import { decodeCountTile, encodeCountTile } from './count-tile.ts';
import {
  hasTile,
  type PointGrid,
  pointGrid,
  type TilePlace,
  tileBox,
  tileSidePx,
  tilesOf,
} from './point-grid.ts';
import { addTiles, type BuiltTile, buildTile, PointPyramid } from './point-pyramid.ts';
import { decodePointTile, encodePointTile } from './point-tile.ts';
import { SAMPLE_LIMIT, sampleOf } from './sample.ts';

const CLASSES = 3;
const grids = fc
  .record({ width: fc.integer({ min: 1, max: 9000 }), height: fc.integer({ min: 1, max: 9000 }) })
  .map((size) => pointGrid(size, 1));

/** Nuclei anywhere on a slide, its right and lower edge included. */
const slides = grids.chain((grid) =>
  fc
    .array(
      fc.tuple(
        fc.oneof(fc.constant(grid.width), fc.float({ min: 0, max: grid.width, noNaN: true })),
        fc.oneof(fc.constant(grid.height), fc.float({ min: 0, max: grid.height, noNaN: true })),
        fc.integer({ min: 0, max: CLASSES - 1 }),
        fc.float({ min: Math.fround(0.01), max: 1, noNaN: true }),
      ),
      { maxLength: 60 },
    )
    .map((rows) => ({ grid, nuclei: table(rows) })),
);

describe('the tiles of a slide', () => {
  it('hold each nucleus once per level, in a tile that is there and whose box it lies in', () => {
    fc.assert(
      fc.property(slides, ({ grid, nuclei }) => {
        for (let z = 0; z < grid.levels; z++) {
          for (let row = 0; row < nuclei.length; row++) {
            const [x, y] = [nuclei.x[row]!, nuclei.y[row]!];
            const place = tileAt(grid, z, x, y);
            const [x0, y0, x1, y1] = tileBox(grid, place);
            expect(hasTile(grid, place)).toBe(true);
            expect(x >= x0 && x < x1 && y >= y0 && y < y1).toBe(true);
          }
        }
        expect(tilesOf(grid, 0)).toEqual({ width: 1, height: 1 });
      }),
    );
  });

  it('are the same built from their quarters, block by block, as each from its own nuclei', () => {
    fc.assert(
      fc.property(slides, fc.array(fc.nat(9000), { maxLength: 4 }), ({ grid, nuclei }, cuts) => {
        const built = pyramidOf(grid, nuclei, cuts);
        const direct = directly(grid, nuclei);
        expect([...built.keys()].sort()).toEqual([...direct.keys()].sort());
        for (const [key, tile] of built) expect(tile).toEqual(direct.get(key));
      }),
    );
  });

  it('are the same from two parts of their nuclei, however these are parted', () => {
    fc.assert(
      fc.property(slides, fc.nat(60), ({ grid, nuclei }, cut) => {
        const place = { z: 0, x: 0, y: 0 };
        const part = (keep: (row: number) => boolean) =>
          buildTile(grid, place, takeNuclei(nuclei, rowsWhere(nuclei.length, keep)), CLASSES);
        const [one, other] = [part((row) => row < cut), part((row) => row >= cut)];
        expect(addTiles(grid, other, one)).toEqual(buildTile(grid, place, nuclei, CLASSES));
      }),
    );
  });

  it('count the same at every level: all, and by class and step of the score', () => {
    fc.assert(
      fc.property(slides, ({ grid, nuclei }) => {
        const tiles = [...pyramidOf(grid, nuclei, []).values()];
        for (let z = 0; z < grid.levels; z++) {
          const level = tiles.filter(({ place }) => place.z === z);
          expect(level.reduce((sum, { total }) => sum + total, 0)).toBe(nuclei.length);
          const kinds = new Map<number, number>();
          for (const { counts } of level) {
            counts.keys.forEach((key, i) => {
              const kind = key % (CLASSES * SCORE_STEPS);
              kinds.set(kind, (kinds.get(kind) ?? 0) + counts.counts[i]!);
            });
          }
          const expected = new Map<number, number>();
          for (let row = 0; row < nuclei.length; row++) {
            const kind = nuclei.class[row]! * SCORE_STEPS + scoreStep(nuclei.score[row]!);
            expected.set(kind, (expected.get(kind) ?? 0) + 1);
          }
          expect(kinds).toEqual(expected);
        }
      }),
    );
  });

  it('refuse a nucleus that comes too late', () => {
    const grid = pointGrid({ width: 2000, height: 2000 }, 1);
    const pyramid = new PointPyramid(grid, CLASSES);
    expect([...pyramid.settle(600)]).toEqual([]);
    expect(() => pyramid.add(table([[5, 5, 0, 0.5]]))).toThrow(RangeError);
  });
});

describe('a sample', () => {
  const crowd = table(
    Array.from({ length: 3 * SAMPLE_LIMIT }, (_, i) => [
      // Three of four on the left half.
      (i % 4 === 0 ? 500 : 0) + ((i * 7919) % 500) + 0.25,
      ((i * 104_729) % 1000) + 0.5,
      i % CLASSES,
      0.5,
    ]),
  );

  it('has the same share of crowded and of empty parts', () => {
    const sample = sampleOf(crowd, SAMPLE_LIMIT);
    const left = sample.x.filter((x) => x < 500).length;
    // Five standard deviations of a fair draw.
    expect(Math.abs(left / SAMPLE_LIMIT - 0.75)).toBeLessThan(5 * Math.sqrt(0.1875 / SAMPLE_LIMIT));
  });

  it('begins with every smaller sample, and does not depend on the order of the nuclei', () => {
    const order = Uint32Array.from({ length: crowd.length }, (_, i) => (i * 5) % crowd.length);
    const shuffled = takeNuclei(crowd, order);
    const [few, many] = [sampleOf(shuffled, 100), sampleOf(crowd, SAMPLE_LIMIT)];
    expect(few).toEqual(
      takeNuclei(
        many,
        Uint32Array.from({ length: 100 }, (_, i) => i),
      ),
    );
  });

  it('is what a tile above the finest level shows when there are too many', () => {
    const grid = pointGrid({ width: 1000, height: 1000 }, 1);
    const tile = pyramidOf(grid, crowd, []).get('0/0/0')!;
    expect(tile.total).toBe(crowd.length);
    expect(tile.nuclei).toEqual(sampleOf(crowd, SAMPLE_LIMIT));
  });
});

describe('the bytes of a tile', () => {
  it('give the tile back', () => {
    fc.assert(
      fc.property(slides, ({ grid, nuclei }) => {
        const tile = buildTile(grid, { z: 0, x: 0, y: 0 }, nuclei, CLASSES);
        const points = decodePointTile(encodePointTile(tile));
        expect(points).toEqual({ total: tile.total, nuclei: tile.nuclei });
        const counts = { ...tile.counts, classes: CLASSES };
        expect(decodeCountTile(encodeCountTile(counts))).toEqual(counts);
      }),
    );
  });

  it('are refused when they are something else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        expect(() => decodePointTile(bytes)).toThrow(RangeError);
        expect(() => decodeCountTile(bytes)).toThrow(RangeError);
      }),
    );
    const grid = pointGrid({ width: 10, height: 10 }, 1);
    const { counts } = buildTile(grid, { z: 0, x: 0, y: 0 }, table([[5, 5, 0, 0.5]]), CLASSES);
    const whole = encodeCountTile({ ...counts, classes: CLASSES });
    expect(() => decodeCountTile(whole.subarray(0, -1))).toThrow(RangeError);
  });
});

it('the step of a score tells exactly whether it reaches a threshold', () => {
  fc.assert(
    fc.property(fc.float({ min: 0, max: 1, noNaN: true }), fc.nat(SCORE_STEPS - 1), (score, k) => {
      expect(scoreStep(score) >= k).toBe(score >= k / SCORE_STEPS);
    }),
  );
});

function table(rows: readonly (readonly number[])[]): Nuclei {
  const column = (place: number) => Float32Array.from(rows, (row) => row[place]!);
  return {
    length: rows.length,
    x: column(0),
    y: column(1),
    class: Uint8Array.from(rows, (row) => row[2]!),
    score: column(3),
  };
}

function pyramidOf(
  grid: PointGrid,
  nuclei: Nuclei,
  cuts: readonly number[],
): Map<string, BuiltTile> {
  const pyramid = new PointPyramid(grid, CLASSES);
  const tiles: BuiltTile[] = [];
  let above = -1;
  for (const cut of [...cuts.toSorted((a, b) => a - b), Number.POSITIVE_INFINITY]) {
    const from = above;
    pyramid.add(
      takeNuclei(
        nuclei,
        rowsWhere(nuclei.length, (row) => nuclei.y[row]! >= from && nuclei.y[row]! < cut),
      ),
    );
    tiles.push(...pyramid.settle(cut));
    above = cut;
  }
  tiles.push(...pyramid.end());
  return new Map(tiles.map((tile) => [keyOf(tile.place), tile]));
}

function directly(grid: PointGrid, nuclei: Nuclei): Map<string, BuiltTile> {
  const rows = new Map<string, number[]>();
  for (let z = 0; z < grid.levels; z++) {
    for (let row = 0; row < nuclei.length; row++) {
      const key = keyOf(tileAt(grid, z, nuclei.x[row]!, nuclei.y[row]!));
      rows.set(key, [...(rows.get(key) ?? []), row]);
    }
  }
  return new Map(
    [...rows].map(([key, list]) => {
      const [z, x, y] = key.split('/').map(Number) as [number, number, number];
      const own = concatNuclei([takeNuclei(nuclei, Uint32Array.from(list))]);
      return [key, buildTile(grid, { z, x, y }, own, CLASSES)];
    }),
  );
}

/** The tile of a level that holds a centre: exactly one. */
function tileAt(grid: PointGrid, z: number, xPx: number, yPx: number): TilePlace {
  const side = tileSidePx(grid, z);
  const { width, height } = tilesOf(grid, z);
  return {
    z,
    x: Math.min(width - 1, Math.floor(xPx / side)),
    y: Math.min(height - 1, Math.floor(yPx / side)),
  };
}

function keyOf({ z, x, y }: { z: number; x: number; y: number }): string {
  return `${z}/${x}/${y}`;
}

it('counts cells under the borders of a grid', () => {
  const grid = pointGrid({ width: 48, height: 48 }, 1);
  const { keys } = countCells(grid, 0, table([[48, 48, 0, 1]]), 1);
  expect([...keys]).toEqual([(2 * 32 + 2) * SCORE_STEPS + SCORE_STEPS - 1]);
});
