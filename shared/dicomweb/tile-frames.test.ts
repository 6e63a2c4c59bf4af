import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { items, number, text } from '../../test/support/whole-slide-series.ts';
import { layOutFrames } from './tile-frames.ts';
import { readWsmInstance, type WsmInstance } from './wsm-instance.ts';

interface Grid {
  readonly width: number;
  readonly height: number;
  readonly tileWidth: number;
  readonly tileHeight: number;
}

const grid = fc.record({
  width: fc.integer({ min: 1, max: 900 }),
  height: fc.integer({ min: 1, max: 900 }),
  tileWidth: fc.integer({ min: 40, max: 300 }),
  tileHeight: fc.integer({ min: 40, max: 300 }),
});

function tilesOf({ width, height, tileWidth, tileHeight }: Grid) {
  return { columns: Math.ceil(width / tileWidth), rows: Math.ceil(height / tileHeight) };
}

function instance(
  uid: string,
  { width, height, tileWidth, tileHeight }: Grid,
  frames: number,
  more: Parameters<typeof readWsmInstance>[0] = {},
): WsmInstance {
  return readWsmInstance({
    '00080018': text('UI', uid),
    '00209311': text('CS', 'TILED_FULL'),
    '00280002': number('US', 3),
    '00280008': number('IS', frames),
    '00280010': number('US', tileHeight),
    '00280011': number('US', tileWidth),
    '00280100': number('US', 8),
    '00480006': number('UL', width),
    '00480007': number('UL', height),
    ...more,
  });
}

describe('the frames of a fully tiled level', () => {
  it('count row by row, plane by plane', () => {
    fc.assert(
      fc.property(grid, fc.integer({ min: 1, max: 4 }), fc.nat(3), (size, planes, chosen) => {
        const plane = chosen % planes;
        const { columns, rows } = tilesOf(size);
        const more = { '00480303': number('UL', planes) };
        const level = layOutFrames([instance('1', size, columns * rows * planes, more)], plane);
        const x = size.width - 1;
        const y = size.height - 1;
        const column = Math.floor(x / size.tileWidth);
        const row = Math.floor(y / size.tileHeight);
        // DICOM PS3.3, section C.7.6.17.3.
        const expected = 1 + plane * columns * rows + row * columns + column;
        expect(level.frameAt(column, row)).toEqual({ instance: '1', frame: expected });
        expect([level.columns, level.rows]).toEqual([columns, rows]);
      }),
    );
  });

  it('are the same in parts of a concatenation', () => {
    fc.assert(
      fc.property(grid, fc.nat(), (size, cut) => {
        const { columns, rows } = tilesOf(size);
        const total = columns * rows;
        if (total < 2) return;
        const before = 1 + (cut % (total - 1));
        const parts = [instance('1', size, before), instance('2', size, total - before)];
        const level = layOutFrames(parts, 0);
        for (let tile = 0; tile < total; tile++) {
          const frame = level.frameAt(tile % columns, Math.floor(tile / columns));
          expect(frame).toEqual(
            tile < before
              ? { instance: '1', frame: tile + 1 }
              : { instance: '2', frame: tile - before + 1 },
          );
        }
      }),
    );
  });
});

describe('the frames of a sparsely tiled level', () => {
  it('are found by their places, in whatever order, and are missing elsewhere', () => {
    fc.assert(
      fc.property(grid, fc.infiniteStream(fc.nat()), (size, random) => {
        const { columns, rows } = tilesOf(size);
        const all = Array.from({ length: columns * rows }, (_, tile) => tile);
        const keyed = all.map((tile) => ({ tile, key: random.next().value as number }));
        const places = keyed.sort((a, b) => a.key - b.key).slice(0, Math.ceil(all.length / 2));
        const groups = places.map(({ tile }) => ({
          '0048021A': items({
            '0048021E': number('SL', (tile % columns) * size.tileWidth + 1),
            '0048021F': number('SL', Math.floor(tile / columns) * size.tileHeight + 1),
          }),
        }));
        const more = {
          '00209311': text('CS', 'TILED_SPARSE'),
          '52009230': items(...groups),
        };
        const level = layOutFrames([instance('1', size, places.length, more)], 0);
        for (const tile of all) {
          const at = places.findIndex((place) => place.tile === tile);
          expect(level.frameAt(tile % columns, Math.floor(tile / columns))).toEqual(
            at < 0 ? undefined : { instance: '1', frame: at + 1 },
          );
        }
      }),
    );
  });

  it('of the plane that was chosen', () => {
    const size = { width: 100, height: 100, tileWidth: 100, tileHeight: 100 };
    const groups = ['2.5', '-1', '0'].map((z) => ({
      '0048021A': items({
        '0048021E': number('SL', 1),
        '0048021F': number('SL', 1),
        '0040074A': text('DS', z),
      }),
    }));
    const more = { '00209311': text('CS', 'TILED_SPARSE'), '52009230': items(...groups) };
    const parts = [instance('1', size, 3, more)];
    const frames = [0, 1, 2].map((plane) => layOutFrames(parts, plane).frameAt(0, 0)?.frame);
    expect(frames).toEqual([2, 3, 1]);
  });
});
