import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Raster } from '../../../shared/image/raster.ts';
import { MIN_CENTRE_DISTANCE_UM } from './crowd.ts';
import { MAX_PIXELS, type SyntheticField, syntheticField } from './field.ts';

const MPP = 0.5;

function fingerprint({ raster, nuclei }: SyntheticField): string {
  return createHash('sha256').update(raster.data).update(JSON.stringify(nuclei)).digest('hex');
}

/** Haematoxylin per pixel: the share that pure haematoxylin and eosin leave to it, least squares. */
function haematoxylinOf({ data, width, height }: Raster): Float32Array {
  const [h, e] = [
    [0.579, 0.766, 0.274],
    [0.338, 0.843, 0.408],
  ] as const;
  const dot = h[0] * e[0] + h[1] * e[1] + h[2] * e[2];
  const out = new Float32Array(width * height);
  for (let i = 0; i < out.length; i++) {
    let onH = 0;
    let onE = 0;
    for (let c = 0; c < 3; c++) {
      const density = -Math.log(Math.max(1, data[i * 3 + c]!) / 250);
      onH += density * h[c]!;
      onE += density * e[c]!;
    }
    out[i] = (onH - dot * onE) / (1 - dot * dot);
  }
  return out;
}

describe('a field of 1024 x 1024 at 0.5 mpp', () => {
  let field: SyntheticField;
  beforeAll(() => {
    field = syntheticField();
  });

  it('has nuclei of every kind, as dense as cellular tissue, inside the picture', () => {
    const { width, height } = field.raster;
    const counts = new Map<string, number>();
    for (const { x, y, kind } of field.nuclei) {
      expect(x >= 0 && x < width && y >= 0 && y < height).toBe(true);
      counts.set(kind, (counts.get(kind) ?? 0) + 1);
    }
    const perMm2 = field.nuclei.length / (width * height * MPP * MPP * 1e-6);
    expect(perMm2).toBeGreaterThan(2500);
    expect(perMm2).toBeLessThan(6000);
    for (const kind of ['epithelial', 'stromal', 'lymphocyte']) {
      expect(counts.get(kind)).toBeGreaterThan(100);
    }
    for (const kind of ['plasma', 'endothelial']) expect(counts.get(kind)).toBeGreaterThan(5);
  });

  it('has no two nuclei on one place', () => {
    const nearest = field.nuclei.flatMap((a, i) =>
      field.nuclei.slice(i + 1).map((b) => Math.hypot(a.x - b.x, a.y - b.y)),
    );
    const closest = nearest.reduce((a, b) => Math.min(a, b));
    expect(closest * MPP).toBeGreaterThanOrEqual(MIN_CENTRE_DISTANCE_UM - 1e-9);
  });

  it('shows every kind as more haematoxylin than the tissue between nuclei', () => {
    const { width, height } = field.raster;
    const haematoxylin = haematoxylinOf(field.raster);
    const nearNucleus = new Uint8Array(width * height);
    const mean = new Map<string, { sum: number; count: number; dark: number }>();
    const discs = field.nuclei.map(({ x, y, kind }) => {
      let sum = 0;
      let count = 0;
      for (let row = Math.floor(y) - 20; row <= y + 20; row++) {
        for (let column = Math.floor(x) - 20; column <= x + 20; column++) {
          if (row < 0 || column < 0 || row >= height || column >= width) continue;
          const far = Math.hypot(column + 0.5 - x, row + 0.5 - y);
          const at = row * width + column;
          if (far < 20) nearNucleus[at] = 1;
          if (far > 2.5) continue;
          sum += haematoxylin[at]!;
          count++;
        }
      }
      return { kind, value: sum / count };
    });
    const between = haematoxylin.filter((_, i) => nearNucleus[i] === 0);
    const background = between.reduce((a, b) => a + b) / between.length;
    for (const { kind, value } of discs) {
      const entry = mean.get(kind) ?? { sum: 0, count: 0, dark: 0 };
      entry.sum += value;
      entry.count++;
      entry.dark += value > background + 0.2 ? 1 : 0;
      mean.set(kind, entry);
    }
    expect(between.length).toBeGreaterThan(1000);
    for (const { sum, count, dark } of mean.values()) {
      expect(sum / count).toBeGreaterThan(background + 0.4);
      expect(dark / count).toBeGreaterThan(0.95);
    }
    const darkness = (kind: string): number => mean.get(kind)!.sum / mean.get(kind)!.count;
    expect(darkness('lymphocyte')).toBeGreaterThan(1.3 * darkness('epithelial'));
  });

  it('has the colours of H&E: pink and blue-violet tissue, white lumina', () => {
    const { data } = field.raster;
    let white = 0;
    const sum = [0, 0, 0];
    for (let i = 0; i < data.length; i += 3) {
      for (let c = 0; c < 3; c++) sum[c] = sum[c]! + data[i + c]!;
      if (data[i]! > 235 && data[i + 1]! > 230 && data[i + 2]! > 235) white++;
    }
    const [red, green, blue] = sum.map((s) => (s * 3) / data.length) as [number, number, number];
    expect(green).toBeLessThan(red - 20);
    expect(green).toBeLessThan(blue - 20);
    expect(red).toBeGreaterThan(170);
    expect((white * 3) / data.length).toBeGreaterThan(0.05);
    expect((white * 3) / data.length).toBeLessThan(0.4);
  });
});

describe('syntheticField', () => {
  it('is the same for the same seed, in every byte, and another for another', () => {
    const drawn = [5, 5, 6].map((seed) =>
      fingerprint(syntheticField({ width: 320, height: 240, seed })),
    );
    expect(drawn[1]).toBe(drawn[0]);
    expect(drawn[2]).not.toBe(drawn[0]);
  });

  it('lays out the same tissue at every resolution', () => {
    const micrometres = (mpp: number, size: number): string[] =>
      syntheticField({ width: size, height: size, mpp, seed: 5 }).nuclei.map(
        ({ x, y, kind }) => `${kind} ${(x * mpp).toFixed(3)} ${(y * mpp).toFixed(3)}`,
      );
    const at20x = micrometres(0.5, 300);
    expect(at20x.length).toBeGreaterThan(20);
    expect(micrometres(0.25, 600)).toEqual(at20x);
    expect(micrometres(1, 150)).toEqual(at20x);
  });

  it('draws any size at any mpp, with every nucleus inside', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 70 }),
        fc.integer({ min: 1, max: 70 }),
        fc.double({ min: 0.1, max: 2, noNaN: true }),
        fc.maxSafeInteger(),
        (width, height, mpp, seed) => {
          const { raster, nuclei } = syntheticField({ width, height, mpp, seed });
          expect(raster.data.length).toBe(width * height * 3);
          expect(nuclei.every(({ x, y }) => x >= 0 && y >= 0 && x < width && y < height)).toBe(
            true,
          );
          // Haematoxylin and eosin let blue light pass; a NaN would have become 0.
          const blue = raster.data.filter((_, i) => i % 3 === 2);
          expect(blue.reduce((least, value) => Math.min(least, value))).toBeGreaterThan(20);
        },
      ),
      { numRuns: 40 },
    );
  });

  it.each([
    ['width', { width: 0 }],
    ['width', { width: -4 }],
    ['width', { width: 10.5 }],
    ['width', { width: Number.NaN }],
    ['height', { height: Number.POSITIVE_INFINITY }],
    ['size', { width: MAX_PIXELS, height: 2 }],
    ['mpp', { mpp: 0 }],
    ['mpp', { mpp: -1 }],
    ['mpp', { mpp: 1e9 }],
    ['mpp', { mpp: Number.NaN }],
    ['seed', { seed: 0.5 }],
    ['seed', { seed: Number.NaN }],
  ])('refuses a bad %s: %o', (_, options) => {
    expect(() => syntheticField(options)).toThrow(
      expect.objectContaining({ name: 'UniCellError', code: 'INVALID_OPTIONS' }),
    );
  });
});
