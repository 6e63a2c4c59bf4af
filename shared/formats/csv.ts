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
import { type Section, writersOf } from './sections.ts';
import { COORDINATE_DECIMALS, perClass, SCORE_DECIMALS } from './writing.ts';

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

export const { write, stream } = writersOf((head) => {
  const [comma, lineEnd] = [',', '\n'].map((text) => new TextEncoder().encode(text));
  const classCell = perClass(head, (name) => `,${csvCell(name)},`, ',,');
  const row: Section['row'] = (out, nuclei, i) => {
    out.decimal(nuclei.x[i]!, COORDINATE_DECIMALS);
    out.bytes(comma!);
    out.decimal(nuclei.y[i]!, COORDINATE_DECIMALS);
    out.bytes(classCell(nuclei.class[i]!));
    out.decimal(nuclei.score[i]!, SCORE_DECIMALS);
    out.bytes(lineEnd!);
  };
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
  const at = Object.fromEntries(names.map((name, column) => [name, column]));
  const collector = new NucleiCollector(options, 'line');
  if (at.image === undefined) collector.addImage('');
  for (const { line, cells } of rows) {
    if (cells.length !== names.length) {
      throw collector.error(
        line,
        `it has ${cells.length} columns, the header has ${names.length} (${header.join(', ')}).`,
      );
    }
    const cell = (name: string) => (at[name] === undefined ? '' : cells[at[name]]!.trim());
    const score = cell('score');
    collector.add(
      cell('image'),
      line,
      parseNumber(cell('x')),
      parseNumber(cell('y')),
      cell('class'),
      score === '' ? undefined : parseNumber(score),
    );
  }
  return collector.finish();
}

/** A number, or the text that is none. */
function parseNumber(text: string): number | string {
  return NUMBER.test(text) ? Number(text) : text;
}
