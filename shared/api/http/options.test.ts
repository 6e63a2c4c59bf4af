import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { checkOptionsBy, optionsFromTexts } from './options.ts';

describe('options as texts', () => {
  const kinds = { numbers: ['mpp'], lists: ['classes'] };

  it('are numbers only where they are written as people write them', () => {
    const mppOf = (mpp: string) => optionsFromTexts([['mpp', mpp]], kinds).mpp;
    expect(['0.5', ' 1e-1 ', '.25'].map(mppOf)).toEqual([0.5, 0.1, 0.25]);
    // Left as texts, which no option of a number takes.
    expect(['0x1', '', 'Infinity', '0,5'].map(mppOf)).toEqual(['0x1', '', 'Infinity', '0,5']);
  });
});

describe('an option that is refused', () => {
  it.each([
    ['{"mpp":1e999}', 'The option mpp is Infinity: '],
    ['{"mpp":null}', 'The option mpp is null: '],
    ['{"mpp":"0.5"}', 'The option mpp is "0.5": '],
  ])('is named as it came, in %s', (body, words) => {
    const schema = z.strictObject({ mpp: z.number() });
    expect(() => checkOptionsBy(schema, JSON.parse(body))).toThrow(words);
  });
});
