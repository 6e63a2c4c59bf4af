import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Raster } from '../../../shared/image/raster.ts';
import { syntheticField } from '../../demo/synthetic/field.ts';
import { blur, resampleTo, throughJpeg } from './degrade.ts';
import { emptyFields } from './empty-fields.ts';
import { turnHue } from './hue.ts';
import { PERTURBATIONS } from './perturbations.ts';
import { scaleStains } from './stain.ts';

const { raster: tissue } = syntheticField({ width: 120, height: 90, seed: 3 });
const pixels = (...colours: (readonly number[])[]): Raster => ({
  width: colours.length,
  height: 1,
  data: Uint8Array.from(colours.flat()),
});
const farthest = (a: Raster, b: Raster) =>
  a.data.reduce((most, value, i) => Math.max(most, Math.abs(value - b.data[i]!)), 0);

describe('turnHue', () => {
  it('turns around the hexagon, and leaves grey grey', () => {
    const red = pixels([200, 50, 50], [128, 128, 128], [0, 0, 0], [255, 255, 255]);
    const rest = [128, 128, 128, 0, 0, 0, 255, 255, 255];
    expect([...turnHue(red, 120).data]).toEqual([50, 200, 50, ...rest]);
    expect([...turnHue(red, -120).data]).toEqual([50, 50, 200, ...rest]);
    expect([...turnHue(red, 60).data]).toEqual([200, 200, 50, ...rest]);
    expect([...turnHue(red, 28).data.slice(0, 3)]).toEqual([200, 120, 50]);
  });

  it('comes back, keeps value and saturation, and makes a whole turn', () => {
    const byte = fc.nat(255);
    fc.assert(
      fc.property(fc.tuple(byte, byte, byte), fc.integer({ min: -360, max: 360 }), (rgb, by) => {
        const turned = [...turnHue(pixels(rgb), by).data];
        expect(Math.max(...turned)).toBe(Math.max(...rgb));
        expect(Math.min(...turned)).toBe(Math.min(...rgb));
        expect(farthest(turnHue(pixels(turned), -by), pixels(rgb))).toBeLessThanOrEqual(1);
        expect([...turnHue(pixels(rgb), 360).data]).toEqual(rgb);
      }),
    );
  });
});

describe('scaleStains', () => {
  it('scales optical densities, whatever the stains are', () => {
    const scaled = scaleStains(pixels([255, 128, 16]), 0.4).data;
    for (const [i, value] of [255, 128, 16].entries()) {
      const density = -Math.log10(value / 255);
      expect(-Math.log10(scaled[i]! / 255)).toBeCloseTo(0.4 * density, 2);
    }
    expect([...scaleStains(pixels([0, 1, 255]), 0.4).data]).toEqual([0, 28, 255]);
    expect(scaleStains(tissue, 1)).toEqual(tissue);
  });
});

describe('what libvips does', () => {
  it('writes and reads a JPEG, worse at a lower quality', async () => {
    const difference = async (quality: number) => {
      const { data, ...size } = await throughJpeg(tissue, quality);
      expect(size).toEqual({ width: 120, height: 90 });
      return data.reduce((sum, value, i) => sum + Math.abs(value - tissue.data[i]!), 0);
    };
    expect(await difference(50)).toBeGreaterThan(1.5 * (await difference(95)));
  });

  it.each([1, 2, 5])('blurs an edge to the integral of a Gaussian of %d px', async (sigma) => {
    const side = 60;
    const edge: Raster = { width: side, height: side, data: new Uint8Array(side * side * 3) };
    for (let y = 0; y < side; y++) edge.data.fill(255, (y * side + 30) * 3, (y + 1) * side * 3);
    const { data } = await blur(edge, sigma);
    const slope = Array.from(
      { length: side - 1 },
      (_, x) => data[(30 * side + x + 1) * 3]! - data[(30 * side + x) * 3]!,
    );
    expect(slope.reduce((a, b) => a + b)).toBe(255);
    const variance = slope.reduce((sum, value, x) => sum + value * (x - 29) ** 2, 0) / 255;
    expect(Math.abs(Math.sqrt(variance) / sigma - 1)).toBeLessThan(0.04);
  });

  it('brings a picture to another resolution and says which it is', async () => {
    const picture = { raster: tissue, mpp: 0.5 };
    const fine = await resampleTo(picture, 0.25);
    expect(fine).toMatchObject({ raster: { width: 240, height: 180 }, mpp: 0.25 });
    const odd = await resampleTo({ raster: tissue, mpp: 0.19446 }, 1);
    expect(odd.raster).toMatchObject({ width: 23, height: 18 });
    expect(odd.mpp).toBeCloseTo(0.19446 * Math.sqrt((120 * 90) / (23 * 18)), 9);
  });
});

describe('PERTURBATIONS', () => {
  it.each(PERTURBATIONS)('$name: changes the picture, the same each time', async (one) => {
    const picture = { raster: tissue, mpp: 0.5 };
    const first = await one.apply(picture, 0.5);
    const again = await one.apply(picture, 0.5);
    expect(again).toEqual(first);
    expect(first.raster.data).not.toEqual(tissue.data);
    const side = first.raster.width * first.mpp;
    expect(side).toBeCloseTo(60, 6);
  });

  it('blurs by what the model sees', async () => {
    const find = (id: string) => PERTURBATIONS.find((one) => one.id === id)!;
    const fine = await find('blur-2').apply({ raster: tissue, mpp: 0.2 }, 0.5);
    expect(fine.raster).toEqual(await blur(tissue, 5));
    expect(new Set(PERTURBATIONS.map(({ id }) => id)).size).toBe(7);
  });
});

describe('emptyFields', () => {
  it('are what their names say, the same each time', () => {
    const fields = emptyFields(64);
    expect(emptyFields(64)).toEqual(fields);
    const of = (id: string) => fields.find((one) => one.id === id)!.raster.data;
    expect(fields.map(({ raster: { width, height } }) => width * height)).toEqual(
      Array(5).fill(64 * 64),
    );
    expect(of('blank').every((value) => value === 255)).toBe(true);
    expect(of('black').every((value) => value === 0)).toBe(true);
    expect([...of('gradient').slice(0, 3), ...of('gradient').slice(63 * 3, 64 * 3)]).toEqual([
      0, 0, 0, 255, 255, 255,
    ]);
    expect([...of('stain-gradient').slice(-3)]).toEqual([86, 61, 138]);
    expect(new Set(of('noise')).size).toBe(256);
  });
});
