import fc from 'fast-check';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import type { Nuclei } from '../../shared/nuclei/nuclei.ts';
import { sliceNuclei } from '../../shared/nuclei/select.ts';
import { DensityGrid } from './density-grid.ts';
import { drawHeatMap } from './heat-map.ts';

function nuclei(places: readonly (readonly [x: number, y: number, kind: number])[]): Nuclei {
  return {
    length: places.length,
    x: Float32Array.from(places, ([x]) => x),
    y: Float32Array.from(places, ([, y]) => y),
    class: Uint8Array.from(places, ([, , kind]) => kind),
    score: new Float32Array(places.length).fill(0.9),
  };
}

it('counts every nucleus in one cell, however the tables are cut', () => {
  const place = fc.tuple(
    fc.float({ min: 0, max: 3000, noNaN: true }),
    fc.float({ min: 0, max: 777, noNaN: true }),
    fc.nat(2),
  );
  fc.assert(
    fc.property(fc.array(place, { maxLength: 200 }), fc.nat(200), (places, cut) => {
      const all = nuclei(places);
      const at = Math.min(cut, all.length);
      const image = { width: 3000, height: 777 };
      const [whole, parts] = [new DensityGrid(image, 0.5, 3), new DensityGrid(image, 0.5, 3)];
      whole.add(all);
      parts.add(sliceNuclei(all, 0, at));
      parts.add(sliceNuclei(all, at, all.length));
      expect(parts.counts).toEqual(whole.counts);
      const sums = whole.counts.map((counts) => counts.reduce((a, b) => a + b, 0));
      expect(sums).toEqual([0, 1, 2].map((kind) => places.filter((one) => one[2] === kind).length));
    }),
  );
});

it('is strong and of the colour of the class where nuclei are, and clear where none are', async () => {
  const image = { width: 4000, height: 2000 };
  const grid = new DensityGrid(image, 0.5, 2);
  const crowd = (x: number, y: number, kind: number) =>
    Array.from({ length: 400 }, (_, i) => [x + (i % 20) * 10, y + (i / 20) * 10, kind] as const);
  grid.add(nuclei([...crowd(400, 400, 0), ...crowd(3000, 1400, 1)]));
  const size = { width: 400, height: 200 };
  const { png, topPerMm2 } = await drawHeatMap(grid, ['#ff0000', '#0000ff'], size, image);
  const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
  expect(info).toMatchObject({ ...size, channels: 4 });
  const at = (x: number, y: number) => [...data.subarray((y * 400 + x) * 4, (y * 400 + x) * 4 + 4)];
  expect(at(50, 50)[0]).toBeGreaterThan(240);
  expect(at(50, 50)[2]).toBeLessThan(10);
  expect(at(310, 150)[2]).toBeGreaterThan(240);
  expect(at(50, 50)[3]).toBeGreaterThan(140);
  expect(at(200, 100)[3]).toBe(0);
  // 400 in 200 x 200 px of 0.5 um are 40,000 per mm2.
  expect(topPerMm2).toBeGreaterThan(20_000);
  expect(topPerMm2).toBeLessThan(50_000);
});

it('is of the size asked for, whatever the image', async () => {
  for (const [width, height] of [
    [1, 1],
    [100_000, 30],
    [777, 4321],
  ] as const) {
    const grid = new DensityGrid({ width, height }, 0.25, 1);
    grid.add(nuclei([[0.5, 0.5, 0]]));
    const size = { width: Math.min(width, 300), height: Math.min(height, 200) };
    const { png } = await drawHeatMap(grid, ['#112233'], size, { width, height });
    expect(await sharp(png).metadata()).toMatchObject(size);
  }
});
