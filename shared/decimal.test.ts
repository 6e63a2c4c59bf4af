import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDecimal } from './decimal.ts';

describe('a decimal number', () => {
  it('is read as it was written', () => {
    const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
    fc.assert(fc.property(finite, (value) => parseDecimal(` ${value} `) === value));
  });

  it.each([
    '',
    ' ',
    '0x1',
    '0b1',
    '1_000',
    '1,5',
    'Infinity',
    '-Infinity',
    'NaN',
    '1e',
    '.',
    '--1',
  ])('is not %j', (text) => {
    expect(parseDecimal(text)).toBeUndefined();
  });
});
