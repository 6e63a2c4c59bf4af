/**
 * CSV: `x,y,class,score`, one nucleus per line, lines ended by LF. The reader also takes the layout of
 * labelled data, `image,x,y,class`, and the tables that QuPath exports of detections: columns are found by the names
 * in the header line, and further ones are ignored.
 *
 * @module
 */
import { UniCellError } from '../errors.ts';
import { csvCell, csvRows, separatorOf } from './csv-rows.ts';
import type { NucleiByImage, ReadOptions } from './format.ts';
import { NucleiCollector } from './nuclei-collector.ts';
import { at, byClass, rowOf, score } from './row.ts';
import { writersOf } from './sections.ts';

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const DECIMAL_COMMA = /^[+-]?\d*,\d+(e[+-]?\d+)?$/i;

/** Names of a column, ours first; of those that a file has the first counts. */
const NAMES = {
  image: ['image'],
  x: ['x', 'centroid x px'],
  y: ['y', 'centroid y px'],
  xUm: ['centroid x um'],
  yUm: ['centroid y um'],
  class: ['class', 'classification'],
  score: ['score', 'detection probability'],
};
type Column = keyof typeof NAMES;

export const { write, stream } = writersOf((head) => {
  const className = byClass(head, (name) => `,${csvCell(name)},`, ',,');
  const row = rowOf(at('x'), ',', at('y'), className, score, '\n');
  return [{ head: 'x,y,class,score\n', separator: '', tail: '', row }];
});

/** See `FormatReader.read`. */
export function read(text: string, options: ReadOptions): NucleiByImage {
  const { origin } = options;
  const rows = csvRows(text, origin);
  const hasDecimalCommas = separatorOf(text) !== ',';
  const header = (rows.next().value as { cells: readonly string[] } | undefined)?.cells ?? [];
  const columns = columnsOf(header, origin);
  const isInUm = columns.x === undefined || columns.y === undefined;
  const collector = new NucleiCollector(options, 'line');
  if (columns.image === undefined) collector.addImage('');
  for (const { line, cells } of rows) {
    if (cells.length !== header.length) {
      throw collector.error(
        line,
        `it has ${cells.length} columns, the header has ${header.length} (${header.join(', ')}).`,
      );
    }
    const cell = (name: Column) =>
      columns[name] === undefined ? '' : cells[columns[name]]!.trim();
    const number = (name: Column) => parseNumber(cell(name), hasDecimalCommas);
    const image = cell('image');
    const mpp = isInUm ? mppOf(options, image, collector, line) : 1;
    const pixels = (um: number | string) => (typeof um === 'number' ? um / mpp : um);
    collector.add(
      image,
      line,
      isInUm ? pixels(number('xUm')) : number('x'),
      isInUm ? pixels(number('yUm')) : number('y'),
      cell('class'),
      cell('score') === '' ? undefined : number('score'),
    );
  }
  return collector.finish();
}

function columnsOf(header: readonly string[], origin: string): Partial<Record<Column, number>> {
  // The micro sign, the Greek letter, and either as other encodings show them.
  const names = header.map((name) =>
    name
      .trim()
      .toLowerCase()
      .replace(/(?:Â?µ|μ|î¼|\ufffd)m$/i, 'um'),
  );
  const columns: Partial<Record<Column, number>> = {};
  for (const [column, known] of Object.entries(NAMES)) {
    const found = known.map((name) => names.indexOf(name)).find((index) => index >= 0);
    if (found !== undefined) columns[column as Column] = found;
  }
  const has = (...needed: Column[]) => needed.every((column) => columns[column] !== undefined);
  const missing = has('xUm', 'yUm') ? [] : (['x', 'y'] as const).filter((name) => !has(name));
  const all = has('class') ? missing : [...missing, 'class'];
  if (all.length === 0) return columns;
  throw new UniCellError(
    'POINTS_INVALID',
    `${origin}, line 1: the header has the ${header.length} columns ${header.join(', ') || '(none)'}; ${all.join(', ')} is missing. The columns x, y and class must be there (or QuPath's Centroid X px or µm, Centroid Y, Classification), image and score may.`,
  );
}

function mppOf(
  { mppOf: known }: ReadOptions,
  image: string,
  collector: NucleiCollector,
  line: number,
): number {
  const mpp = known?.(image);
  if (mpp !== undefined) return mpp;
  throw collector.error(
    line,
    'its centroid is in micrometres, and nobody says how large a pixel is. Pass mpp, or export pixels.',
  );
}

/** A number, or the text that is none. */
function parseNumber(text: string, hasDecimalCommas: boolean): number | string {
  if (NUMBER.test(text)) return Number(text);
  const isComma = hasDecimalCommas && DECIMAL_COMMA.test(text);
  return isComma ? Number(text.replace(',', '.')) : text;
}
