/**
 * CSV: `x,y,class,score`, one nucleus per line, lines ended by LF. The reader also takes the layout of
 * labelled data, `image,x,y,class`: columns are found by the names in the header line, and further ones
 * are ignored.
 *
 * @module
 */
import { UniCellError } from '../errors.ts';
import { csvCell, csvRows } from './csv-rows.ts';
import type { NucleiByImage, ReadOptions } from './format.ts';
import { NucleiCollector } from './nuclei-collector.ts';
import { at, byClass, rowOf, score } from './row.ts';
import { writersOf } from './sections.ts';

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

export const { write, stream } = writersOf((head) => {
  const className = byClass(head, (name) => `,${csvCell(name)},`, ',,');
  const row = rowOf(at('x'), ',', at('y'), className, score, '\n');
  return [{ head: 'x,y,class,score\n', separator: '', tail: '', row }];
});

/** See `FormatReader.read`. */
export function read(text: string, options: ReadOptions): NucleiByImage {
  const { origin } = options;
  const rows = csvRows(text, origin);
  const header = (rows.next().value as { cells: readonly string[] } | undefined)?.cells ?? [];
  const names = header.map((name) => name.trim().toLowerCase());
  const missing = ['x', 'y', 'class'].filter((name) => !names.includes(name));
  if (missing.length > 0) {
    throw new UniCellError(
      'POINTS_INVALID',
      `${origin}, line 1: the header has the ${header.length} columns ${header.join(', ') || '(none)'}; ${missing.join(', ')} is missing. The columns x, y and class must be there, image and score may.`,
    );
  }
  const columns = Object.fromEntries(names.map((name, column) => [name, column]));
  const collector = new NucleiCollector(options, 'line');
  if (columns.image === undefined) collector.addImage('');
  for (const { line, cells } of rows) {
    if (cells.length !== names.length) {
      throw collector.error(
        line,
        `it has ${cells.length} columns, the header has ${names.length} (${header.join(', ')}).`,
      );
    }
    const cell = (name: string) =>
      columns[name] === undefined ? '' : cells[columns[name]]!.trim();
    const said = cell('score');
    collector.add(
      cell('image'),
      line,
      parseNumber(cell('x')),
      parseNumber(cell('y')),
      cell('class'),
      said === '' ? undefined : parseNumber(said),
    );
  }
  return collector.finish();
}

/** A number, or the text that is none. */
function parseNumber(text: string): number | string {
  return NUMBER.test(text) ? Number(text) : text;
}
