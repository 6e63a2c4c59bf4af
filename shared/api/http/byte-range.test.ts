import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseByteRange } from './byte-range.ts';

describe('parseByteRange', () => {
  it.each([
    ['bytes=0-0', { start: 0, end: 1 }],
    ['bytes=2-', { start: 2, end: 10 }],
    ['bytes=2-99', { start: 2, end: 10 }],
    ['bytes=-3', { start: 7, end: 10 }],
    ['bytes=-99', { start: 0, end: 10 }],
    ['Bytes = 1-2', { start: 1, end: 3 }],
    [undefined, undefined],
    ['', undefined],
    ['bytes=-', undefined],
    ['bytes=5-4', undefined],
    ['bytes=0-1,4-5', undefined],
    ['lines=0-1', undefined],
    ['bytes=a-b', undefined],
  ])('%s of ten bytes', (header, expected) => {
    expect(parseByteRange(header, 10)).toEqual(expected);
  });

  it.each(['bytes=10-', 'bytes=10-12', 'bytes=-0'])('refuses %s of ten bytes', (header) => {
    expect(() => parseByteRange(header, 10)).toThrow(/has 10 bytes/);
  });

  it('never leaves the file', () => {
    fc.assert(
      fc.property(fc.nat(40), fc.nat(40), fc.integer({ min: 1, max: 30 }), (a, b, size) => {
        fc.pre(a < size && b >= a);
        const range = parseByteRange(`bytes=${a}-${b}`, size)!;
        expect(range.start).toBe(a);
        expect(range.end).toBe(Math.min(size, b + 1));
      }),
    );
  });
});
