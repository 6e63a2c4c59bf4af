import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dealSplit } from './deal-split.ts';
import { parseSplit } from './split-choice.ts';

const shares = { train: 0.7, val: 0.1, test: 0.2 };
const organs = ['colon', 'kidney'];

/** 100 patients of one to five pictures, of two organs. */
const images = Array.from({ length: 100 }, (_, patient) =>
  Array.from({ length: 1 + (patient % 5) }, (_, i) => ({
    name: `p${patient}_${i}`,
    columns: { patient: `p${patient}`, organ: organs[patient % 2]! },
  })),
).flat();

describe('dealSplit', () => {
  it('keeps a patient in one split', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (seed) => {
        const splits = dealSplit(images, shares, seed);
        for (const { name, columns } of images) {
          expect(splits.get(name)).toBe(splits.get(`${columns.patient}_0`));
        }
      }),
      { numRuns: 20 },
    );
  });

  it('gives each split its share of the pictures, within each organ', () => {
    const splits = dealSplit(images, shares, 1);
    for (const organ of organs) {
      const of = images.filter(({ columns }) => columns.organ === organ);
      for (const [split, share] of Object.entries(shares)) {
        const count = of.filter(({ name }) => splits.get(name) === split).length;
        // No split is off by more than the pictures of one patient.
        expect(Math.abs(count - share * of.length)).toBeLessThanOrEqual(5);
      }
    }
  });

  it('depends on the seed and on nothing else', () => {
    const inOrder = (splits: Map<string, string>) => images.map(({ name }) => splits.get(name));
    const first = inOrder(dealSplit(images, shares, 7));
    expect(inOrder(dealSplit(images.toReversed(), shares, 7))).toEqual(first);
    expect(inOrder(dealSplit(images, shares, 8))).not.toEqual(first);
  });

  it('deals slides, or pictures, where no patient is known', () => {
    const slides = images.map(({ name, columns }) => ({
      name,
      columns: { slide: columns.patient },
    }));
    const bySlide = dealSplit(slides, shares, 1);
    for (const { name, columns } of slides) {
      expect(bySlide.get(name)).toBe(bySlide.get(`${columns.slide}_0`));
    }
    const alone = images.slice(0, 10).map(({ name }) => ({ name, columns: {} }));
    const dealt = [...dealSplit(alone, shares, 1).values()].sort();
    expect(dealt).toEqual([...Array(2).fill('test'), ...Array(7).fill('train'), 'val']);
  });

  it('refuses to leave a split empty', () => {
    const two = images.filter(({ columns }) => ['p4', 'p9'].includes(columns.patient));
    expect(() => dealSplit(two, { train: 0.8, val: 0.1, test: 0.1 }, 1)).toThrow(
      /10 pictures of 2 patients.* val gets 10 % .* none/,
    );
    expect(dealSplit(two, { train: 1, val: 0, test: 0 }, 1).size).toBe(10);
  });
});

describe('parseSplit', () => {
  it('reads percentages', () => {
    expect(parseSplit('70/10/20')).toEqual(shares);
    expect(parseSplit('published')).toBe('published');
  });

  it.each(['70/30', '70/20/20', 'official', '-10/60/50', '1e2/0/0', '100//'])(
    'refuses %s',
    (text) => {
      expect(() => parseSplit(text)).toThrow(/percentages for train\/val\/test that make 100/);
    },
  );
});
