import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csvCell, csvRows } from './csv-rows.ts';

const rows = (text: string) => [...csvRows(text, 'x.csv')];
const cells = (text: string) => rows(text).map((row) => row.cells);

describe('csvRows', () => {
  it('reads back what csvCell wrote, with either line end', () => {
    const cell = fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', '\r', ' ', 'é') });
    const table = fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { maxLength: 5 });
    fc.assert(
      fc.property(table, fc.constantFrom('\n', '\r\n'), fc.boolean(), (table, end, lastEnd) => {
        const text = table.map((row) => row.map(csvCell).join(',')).join(end);
        expect(cells(lastEnd ? text + end : text)).toEqual(table);
      }),
      { numRuns: 500 },
    );
  });

  it('names the line on which a row begins', () => {
    const text = 'a,b\n\n"1\n2",x\r\n"3""",y';
    expect(rows(text)).toEqual([
      { line: 1, cells: ['a', 'b'] },
      { line: 3, cells: ['1\n2', 'x'] },
      { line: 5, cells: ['3"', 'y'] },
    ]);
  });

  it('skips a byte order mark and blank lines', () => {
    expect(cells('\uFEFFa,b\r\n\r\n1,2\n\n')).toEqual([
      ['a', 'b'],
      ['1', '2'],
    ]);
    expect(cells('')).toEqual([]);
  });

  it.each([
    ['a\n1,"2', 'x.csv, line 2: a quote is never closed'],
    ['a\n1,2"3', 'x.csv, line 2: a quote stands inside a field'],
    ['"a\nb"c', 'x.csv, line 2: something follows a closing quote'],
  ])('refuses %j', (text, message) => {
    expect(() => rows(text)).toThrow(message);
  });
});
