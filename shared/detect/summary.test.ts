import { expect, test } from 'vitest';
import { consep } from '../datasets/consep.ts';
import { NucleiBuilder } from '../nuclei/builder.ts';
import { areaMm2, densityAreaMm2, noCounts, summarise, summariseCounts } from './summary.ts';

function nucleiOfClasses(...classes: number[]) {
  const builder = new NucleiBuilder();
  for (const classIndex of classes) {
    builder.push(1, 1, classIndex, 0.5);
  }
  return builder.build();
}

test('counts and densities per class, empty classes included', () => {
  const area = areaMm2({ width: 1000, height: 500 }, 0.5);
  expect(area).toBe(0.125);
  expect(summarise(nucleiOfClasses(1, 2, 1), consep, area)).toEqual({
    areaMm2: 0.125,
    hasAllClasses: true,
    total: { count: 3, perMm2: 24 },
    classes: [
      { name: 'Inflammatory', label: 'Inflammatory', count: 0, perMm2: 0 },
      { name: 'Epithelial', label: 'Epithelial', count: 2, perMm2: 16 },
      { name: 'Spindle-shaped', label: 'Spindle-shaped', count: 1, perMm2: 8 },
    ],
  });
});

test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('an area of %d is none', (area) => {
  expect(() => summarise(nucleiOfClasses(0), consep, area)).toThrow(
    expect.objectContaining({ code: 'INVALID_OPTIONS' }),
  );
});

test('of some classes only these are counted, and it says so', () => {
  const nuclei = nucleiOfClasses(1, 1);
  expect(summarise(nuclei, consep, 1, ['epithelial'])).toEqual({
    areaMm2: 1,
    hasAllClasses: false,
    total: { count: 2, perMm2: 2 },
    classes: [{ name: 'Epithelial', label: 'Epithelial', count: 2, perMm2: 2 }],
  });
  const { total, classes } = summarise(nucleiOfClasses(), consep, 1, ['tumor']);
  expect([total.count, classes]).toEqual([0, []]);
});

test('over nothing there are no densities', () => {
  const { total, classes } = summariseCounts(noCounts(), consep, 0);
  expect(total).toEqual({ count: 0, perMm2: null });
  expect(classes.map(({ perMm2 }) => perMm2)).toEqual([null, null, null]);
  expect(() => summariseCounts(noCounts(), consep, -1)).toThrow(/must not be negative/);
});

test('a class that the dataset has not is an error', () => {
  expect(() => summarise(nucleiOfClasses(0, 3), consep, 1)).toThrow(/class 3.*0 to 2/);
});

test('densities are over the regions, else the tissue, else the whole image', () => {
  const image = { width: 1000, height: 500 };
  expect(densityAreaMm2(image, 0.5, {})).toBe(0.125);
  expect(densityAreaMm2(image, 0.5, { tissue: { fraction: 0.4 } })).toBeCloseTo(0.05, 12);
  // No tissue: no nuclei in nothing would have no density.
  expect(densityAreaMm2(image, 0.5, { tissue: { fraction: 0 } })).toBe(0.125);
  const regions = { areaPx: 1000 };
  const tissue = { fraction: 0.4 };
  expect(densityAreaMm2(image, 0.5, { regions, tissue })).toBeCloseTo(0.00025, 12);
});
