import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { datasets } from '../../shared/datasets/registry.ts';
import { csvCell, csvRows, separatorOf } from '../../shared/formats/csv-rows.ts';
import { formatOfFile } from '../../shared/formats/registry.ts';
import { readTable } from './read-table.ts';

const classesOf = (count: number, score: number) => ({
  names: ['Epithelial'],
  colours: ['#ff0000'],
  class: new Uint8Array(count),
  score: new Float32Array(count).fill(score),
});

const write = (text: string, score = 0.25) => {
  const table = readTable(text, 'cells', undefined);
  const bytes = table.write(classesOf(table.points.x.length, score));
  return { points: table.points, text: new TextDecoder().decode(bytes) };
};

/** How tables are written here and there. */
const style = fc.constantFrom(
  { separator: ',', mark: '.' },
  { separator: ';', mark: '.' },
  { separator: ';', mark: ',' },
  { separator: '\t', mark: '.' },
  { separator: '\t', mark: ',' },
);
const coordinate = fc.integer({ min: -400_000, max: 400_000 }).map((quarters) => quarters / 4);
const row = fc.record({
  x: coordinate,
  y: coordinate,
  note: fc.string({ unit: 'grapheme-ascii' }),
});

describe('a table with classes', () => {
  it('is written in the separator and the decimal mark of the file, and is read as the file was', () => {
    const rows = fc.array(row, { minLength: 1, maxLength: 20 });
    const names = fc.constantFrom('note', 'a, b, c, d, e', 'a; b; c; d; e', 'tab\there');
    fc.assert(
      fc.property(style, rows, names, ({ separator, mark }, cells, note) => {
        const number = (value: number) => String(value).replace('.', mark);
        const lines = [
          ['x', 'y', note],
          ...cells.map((one) => [number(one.x), number(one.y), one.note]),
        ];
        const text = lines.map((line) => line.map((cell) => csvCell(cell)).join(separator));
        const once = write(text.join('\n'));
        expect(separatorOf(once.text)).toBe(separator);
        expect([...csvRows(once.text, 'once')].map(({ cells: read }) => read.slice(0, 3))).toEqual(
          lines,
        );
        const twice = write(once.text);
        expect(twice.points).toEqual(once.points);
        // The columns of before are replaced.
        expect(twice.text).toBe(once.text);
      }),
    );
  });

  it.each([
    ['x;y\n1,5;2', '1,5', '0,25'],
    ['x;y\n1;2\n1,5;2', '1', '0,25'],
    ['x;y;area\n1;2;3,5', '1', '0,25'],
    ['x;y;area\n1.5;2;3,5', '1.5', '0.25'],
    ['x;y\n1;2', '1', '0.25'],
    ['x\ty\n1,5\t2', '1,5', '0,25'],
    ['x,y\n1.5,2', '1.5', '0.25'],
    ['x,y,area\n1,2,"3,5"', '1', '0.25'],
  ])('of %j has the decimal mark of its numbers', (text, x, score) => {
    const cells = [...csvRows(write(text).text, 'table')][1]!.cells;
    expect([cells[0], cells.at(-1)]).toEqual([x, score]);
  });

  it('with a class and a score of its own is scored as before', async () => {
    const text = 'x;y;class;score\n10;20;Epithelial;0,9\n50,5;60,25;Inflammatory;0,8\n';
    const context = { dataset: datasets.get('consep'), origin: 'table', mppOf: () => 0.5 };
    const { read } = await formatOfFile('cells.csv').loadReader();
    expect(read(write(text).text, context)).toEqual(read(text, context));
  });
});
