/** Tiles, sizes and labels against those that the authors' scripts gave (`misc.json`). */
import { describe, expect, it } from 'vitest';
import { readReference } from '../../test/support/reference.ts';
import { clipLabels } from './clip-labels.ts';
import { inputSize } from './input-size.ts';
import { tileLayout } from './layouts.ts';
import { testTiles, trainTiles } from './tiles.ts';

interface Misc {
  readonly resize: Readonly<
    Record<string, { readonly out: readonly number[]; readonly scale_factor: readonly number[] }>
  >;
  readonly slices: readonly {
    readonly dataset: string;
    readonly height: number;
    readonly width: number;
    readonly mode: 'Train' | 'Test';
    readonly boxes: readonly (readonly number[])[];
  }[];
  readonly annotation_clipping: {
    readonly height: number;
    readonly width: number;
    readonly centroids: readonly (readonly [number, number])[];
    readonly result: Readonly<
      Record<
        'Train' | 'Test',
        readonly { readonly file: string; readonly bboxes: readonly (readonly number[])[] }[]
      >
    >;
  };
}

const misc = readReference<Misc>('misc.json');
const cut = { Train: trainTiles, Test: testTiles };

describe.skipIf(!misc)('the authors’ scripts', () => {
  it('cut tiles where we do: 15 sizes, for training and for test', () => {
    expect(misc!.slices).toHaveLength(30);
    for (const { dataset, mode, boxes, width, height } of misc!.slices) {
      const tiles = cut[mode]({ width, height }, tileLayout(dataset.toLowerCase()));
      const ours = tiles.map((tile) => [tile.x, tile.y, tile.x + tile.width, tile.y + tile.height]);
      expect(ours, `${dataset} ${width} x ${height}, ${mode}`).toEqual(boxes);
    }
  });

  it('resize to the sizes that we do', () => {
    const cases = Object.entries(misc!.resize);
    expect(cases.length).toBeGreaterThan(5);
    for (const [name, { out, scale_factor }] of cases) {
      const [height, width] = name.split('x').map(Number) as [number, number];
      const size = inputSize({ width, height });
      expect([size.height, size.width], name).toEqual(out);
      expect([size.width / width, size.height / height], name).toEqual(scale_factor);
    }
  });

  it.each(['Train', 'Test'] as const)('keep the labels in a tile that we keep: %s', (mode) => {
    const { width, height, centroids, result } = misc!.annotation_clipping;
    const points = {
      x: centroids.map(([x]) => x),
      y: centroids.map(([, y]) => y),
      class: centroids.map(() => 0),
    };
    const tiles = cut[mode]({ width, height }, tileLayout('consep'));
    expect(result[mode]).toHaveLength(tiles.length);
    for (const tile of tiles) {
      const corners = [tile.x, tile.y, tile.x + tile.width, tile.y + tile.height].join('_');
      const { bboxes } = result[mode].find(({ file }) => file.endsWith(`_${corners}.jpg`))!;
      const ours = clipLabels(points, tile);
      expect(ours.x.length, corners).toBe(bboxes.length);
      for (const [i, box] of bboxes.entries()) {
        expect(ours.x[i]).toBeCloseTo(box[0]! + box[2]! / 2, 9);
        expect(ours.y[i]).toBeCloseTo(box[1]! + box[3]! / 2, 9);
      }
    }
  });
});
