import { describe, expect, it } from 'vitest';
import type { Raster } from '../../shared/image/raster.ts';
import type { Nuclei } from '../../shared/nuclei/nuclei.ts';
import { drawOverlay } from './overlay.ts';

const classes = [
  { name: 'Inflammatory', colour: '#0072b2', count: 0 },
  { name: 'Epithelial', colour: '#d55e00', count: 0 },
];
const [blue, orange] = [
  [0x00, 0x72, 0xb2],
  [0xd5, 0x5e, 0x00],
];
const grey = 128;

function image(width: number, height: number): Raster {
  return { width, height, data: new Uint8Array(width * height * 3).fill(grey) };
}

function nuclei(...rows: [x: number, y: number, kind: number][]): Nuclei {
  return {
    length: rows.length,
    x: Float32Array.from(rows, ([x]) => x),
    y: Float32Array.from(rows, ([, y]) => y),
    class: Uint8Array.from(rows, ([, , kind]) => kind),
    score: new Float32Array(rows.length).fill(0.9),
  };
}

function pixel({ width, data }: Raster, x: number, y: number): number[] {
  return [...data.slice((y * width + x) * 3, (y * width + x) * 3 + 3)];
}

describe('drawOverlay', () => {
  const options = { classes, title: 'test', mpp: 0.5 };

  it('draws rings as large as nuclei of the class are, in its colour, and leaves the nucleus free', async () => {
    const drawn = await drawOverlay(
      image(100, 80),
      nuclei([50.5, 40.5, 0], [20.2, 40.9, 1]),
      options,
    );
    // 3 um of lymphocytes, 5 um of epithelium.
    expect(pixel(drawn, 50 + 6, 40)).toEqual(blue);
    expect(pixel(drawn, 50, 40 - 6)).toEqual(blue);
    expect(pixel(drawn, 20 - 10, 40)).toEqual(orange);
    expect(pixel(drawn, 50, 40)).toEqual([grey, grey, grey]);
    expect(pixel(drawn, 50 + 16, 40)).toEqual([grey, grey, grey]);
  });

  it('draws rings of the radius asked for', async () => {
    const drawn = await drawOverlay(image(100, 80), nuclei([50.5, 40.5, 0]), {
      ...options,
      radiusUm: 8,
    });
    expect(pixel(drawn, 50 + 16, 40)).toEqual(blue);
    expect(pixel(drawn, 50 + 6, 40)).toEqual([grey, grey, grey]);
  });

  it('lets no ring reach its neighbour, and makes dots of rings without room', async () => {
    const near = await drawOverlay(image(100, 80), nuclei([40, 40, 0], [54, 40, 1]), options);
    expect(pixel(near, 46, 40)).toEqual(blue);
    expect(pixel(near, 48, 40)).toEqual(orange);
    expect(pixel(near, 40, 40)).toEqual([grey, grey, grey]);
    const crowd = await drawOverlay(image(100, 80), nuclei([40, 40, 0], [43, 40, 1]), options);
    expect(pixel(crowd, 40, 40)).toEqual(blue);
    expect(pixel(crowd, 43, 40)).toEqual(orange);
  });

  it('keeps the picture in its place and writes the counts below it', async () => {
    const plain = await drawOverlay(image(300, 50), nuclei(), options);
    expect(plain.width).toBe(300);
    for (const [x, y] of [
      [0, 0],
      [299, 0],
      [0, 49],
      [299, 49],
    ] as const) {
      expect(pixel(plain, x, y)).toEqual([grey, grey, grey]);
    }
    const one = classes.map((kind) => ({ ...kind, count: 1 }));
    const counted = await drawOverlay(image(300, 50), nuclei(), { ...options, classes: one });
    const legend = plain.width * 50 * 3;
    expect(counted.data.slice(0, legend)).toEqual(plain.data.slice(0, legend));
    expect(counted.data.slice(legend)).not.toEqual(plain.data.slice(legend));
  });

  it('cuts rings at the border of the picture', async () => {
    const drawn = await drawOverlay(image(300, 50), nuclei([0, 0, 0], [299.9, 49.9, 1]), options);
    expect(pixel(drawn, 6, 0)).toEqual(blue);
    expect(pixel(drawn, 299, 0)).toEqual([grey, grey, grey]);
    expect(pixel(drawn, 299 - 10, 49)).toEqual(orange);
    const blank = await drawOverlay(image(300, 50), nuclei(), options);
    expect(pixel(drawn, 299, 52)).toEqual(pixel(blank, 299, 52));
  });

  it('is wide enough for its legend, whatever classes are called', async () => {
    expect((await drawOverlay(image(1, 1), nuclei(), options)).width).toBeGreaterThan(200);
    const long = [{ name: 'x<y & "z" '.repeat(20), colour: '#0072b2', count: 12 }];
    const drawn = await drawOverlay(image(50, 50), nuclei(), { ...options, classes: long });
    expect(drawn.height).toBeGreaterThan(100);
  });
});
