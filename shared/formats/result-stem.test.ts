import fc from 'fast-check';
import { expect, it } from 'vitest';
import { resultStem } from './result-stem.ts';

it('keeps names that leave room for endings, and shortens others so that they stay apart', () => {
  expect(resultStem('slide.svs')).toBe('slide');
  expect(resultStem('slide.ome.tif')).toBe('slide.ome');
  expect(resultStem('.hidden')).toBe('.hidden');
  expect(resultStem(`${'a'.repeat(170)}.tif`)).toBe('a'.repeat(170));
  const [one, two] = ['x', 'y'].map((end) => resultStem(`${'ä'.repeat(120)}${end}.tif`));
  expect(one).not.toBe(two);
  for (const stem of [one!, two!]) {
    expect(stem).toMatch(/^ä+~[0-9a-f]{8}$/);
    expect(new TextEncoder().encode(stem).length).toBeLessThanOrEqual(170);
  }
});

it('is one file name, whatever a slide is called', () => {
  expect(resultStem('case 1/a:b.svs')).toBe('case 1_a_b');
  expect(['..', '.', '', ' '].map(resultStem)).toEqual(['slide', 'slide', 'slide', 'slide']);
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), (name) => {
      const stem = resultStem(name);
      expect(stem).not.toMatch(/[/\\\n]|^\.*$/);
    }),
  );
});
