import fc from 'fast-check';
import { expect, it } from 'vitest';
import { PartWriter } from './part-writer.ts';

const taken = (out: PartWriter) => new TextDecoder().decode(out.take());

it('writes numbers as String writes them after rounding', () => {
  const out = new PartWriter();
  const value = fc.oneof(
    fc.double({ min: -1e9, max: 1e9, noNaN: true }),
    fc.double({ min: -10, max: 10, noNaN: true }),
    fc.integer({ min: -100_000, max: 100_000 }).map((hundredths) => hundredths / 100),
  );
  fc.assert(
    fc.property(value, fc.nat(4), (value, decimals) => {
      out.decimal(value, decimals);
      expect(taken(out)).toBe(String(Math.round(value * 10 ** decimals) / 10 ** decimals));
    }),
    { numRuns: 2000 },
  );
});

it('grows for what is longer than a part, and keeps what was there', () => {
  const out = new PartWriter();
  const long = 'ä'.repeat(100_000);
  out.text('before');
  expect(out.isFull).toBe(false);
  out.text(long);
  out.decimal(-0.5, 2);
  expect(out.isFull).toBe(true);
  expect(taken(out)).toBe(`before${long}-0.5`);
  expect(taken(out)).toBe('');
});
