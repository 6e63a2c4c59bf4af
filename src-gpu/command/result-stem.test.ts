import { expect, it } from 'vitest';
import { resultStem } from './result-stem.ts';

it('keeps names that leave room for endings, and shortens others so that they stay apart', () => {
  expect(resultStem('slide.svs')).toBe('slide');
  expect(resultStem(`${'a'.repeat(170)}.tif`)).toBe('a'.repeat(170));
  const [one, two] = ['x', 'y'].map((end) => resultStem(`${'ä'.repeat(120)}${end}.tif`));
  expect(one).not.toBe(two);
  for (const stem of [one!, two!]) {
    expect(stem).toMatch(/^ä+~[0-9a-f]{8}$/);
    expect(Buffer.byteLength(stem)).toBeLessThanOrEqual(170);
  }
});
