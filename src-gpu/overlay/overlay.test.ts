import { describe, expect, it } from 'vitest';
import type { Raster } from '../../shared/image/raster.ts';
import type { Nuclei } from '../../shared/nuclei/nuclei.ts';
import { drawOverlay } from './overlay.ts';

const classes = [
  { label: 'Inflammatory', colour: '#0072b2', count: 0 },
  { label: 'Epithelial', colour: '#d55e00', count: 0 },
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

  it('draws a ring of 4 um in the colour of the class and leaves the nucleus free', () => {
    const drawn = drawOverlay(image(100, 80), nuclei([50.5, 40.5, 0], [20.2, 40.9, 1]), options);
    expect(pixel(drawn, 50 + 8, 40)).toEqual([0x00, 0x72, 0xb2]);
    expect(pixel(drawn, 50, 40 - 8)).toEqual([0x00, 0x72, 0xb2]);
    expect(pixel(drawn, 20 - 8, 40)).toEqual([0xd5, 0x5e, 0x00]);
    expect(pixel(drawn, 50, 40)).toEqual([grey, grey, grey]);
    expect(pixel(drawn, 50 + 16, 40)).toEqual([grey, grey, grey]);
  });

  it('keeps the picture in its place and writes the counts below it', () => {
    const plain = drawOverlay(image(300, 50), nuclei(), options);
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
    const counted = drawOverlay(image(300, 50), nuclei(), { ...options, classes: one });
    const legend = plain.width * 50 * 3;
    expect(counted.data.slice(0, legend)).toEqual(plain.data.slice(0, legend));
    expect(counted.data.slice(legend)).not.toEqual(plain.data.slice(legend));
  });

  it('cuts rings at the border of the picture', () => {
    const drawn = drawOverlay(image(300, 50), nuclei([0, 0, 0], [299.9, 49.9, 1]), options);
    expect(pixel(drawn, 8, 0)).toEqual([0x00, 0x72, 0xb2]);
    expect(pixel(drawn, 299, 0)).toEqual([grey, grey, grey]);
    expect(pixel(drawn, 299 - 8, 49)).toEqual([0xd5, 0x5e, 0x00]);
    const blank = drawOverlay(image(300, 50), nuclei(), options);
    expect(pixel(drawn, 299, 52)).toEqual(pixel(blank, 299, 52));
  });

  it('is wide enough for its legend', () => {
    expect(drawOverlay(image(1, 1), nuclei(), options).width).toBeGreaterThan(200);
  });
});
