import { describe, expect, test } from 'vitest';
import { defaultColour, okabeIto } from './palette.ts';
import { datasets } from './registry.ts';

// Machado, Oliveira and Fernandes 2009, severity 1.0, on linear RGB.
const visions = {
  normal: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
} as const;

type Triple = readonly number[];

const times = (matrix: readonly Triple[], v: Triple) =>
  matrix.map((row) => row.reduce((sum, value, i) => sum + value * v[i]!, 0));

function linearRgb(hex: string): number[] {
  return [1, 3, 5].map((at) => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
}

function cieLab(rgb: Triple): number[] {
  const xyz = times(
    [
      [0.4124564, 0.3575761, 0.1804375],
      [0.2126729, 0.7151522, 0.072175],
      [0.0193339, 0.119192, 0.9503041],
    ],
    rgb.map((v) => Math.min(1, Math.max(0, v))),
  );
  const [x, y, z] = xyz.map((v, i) => {
    const t = v / [0.95047, 1, 1.08883][i]!;
    return t > 216 / 24389 ? Math.cbrt(t) : ((24389 / 27) * t + 16) / 116;
  }) as [number, number, number];
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

function colourDifference(a: string, b: string, vision: keyof typeof visions): number {
  const [p, q] = [a, b].map((hex) => cieLab(times(visions[vision], linearRgb(hex))));
  return Math.hypot(...p!.map((v, i) => v - q![i]!));
}

describe('colours of classes', () => {
  // 2.3 is just noticeable; two swatches 15 apart are told apart at a glance.
  test.each(Object.keys(visions) as (keyof typeof visions)[])('are apart in %s', (vision) => {
    for (const dataset of datasets.list()) {
      const colours = dataset.classes.map((c) => c.colour);
      colours.forEach((a, i) => {
        for (const b of colours.slice(i + 1)) {
          expect(colourDifference(a, b, vision), `${dataset.id}: ${a} and ${b}`).toBeGreaterThan(
            15,
          );
        }
      });
    }
  });

  test('the measure sees that red and green of one lightness are alike in deuteranopia', () => {
    expect(colourDifference('#c06000', '#808000', 'deuteranopia')).toBeLessThan(15);
    expect(colourDifference('#c06000', '#808000', 'normal')).toBeGreaterThan(30);
  });

  test('a dataset without colours gets eight different ones, then again', () => {
    const colours = Array.from({ length: 255 }, (_, i) => defaultColour(i));
    expect(new Set(colours.slice(0, 8)).size).toBe(8);
    expect(new Set(colours)).toEqual(new Set(Object.values(okabeIto)));
    expect(colours[8]).toBe(colours[0]);
  });
});
