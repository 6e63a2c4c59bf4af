/**
 * CSV: `x,y,class,score`, one nucleus per line, lines ended by LF. The reader also takes the layout of
 * labelled data, `image,x,y,class`: columns are found by the names in the header line, and further ones
 * are ignored.
 *
 * @module
 */
import { UniCellError } from '../errors.ts';
import { csvCell, csvRows } from './csv-rows.ts';
import type { ExportInput, NucleiByImage, ReadOptions } from './format.ts';
import { NucleiCollector } from './nuclei-collector.ts';
import { PartWriter } from './part-writer.ts';
import { COORDINATE_DECIMALS, checkExport, perClass, SCORE_DECIMALS } from './writing.ts';

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** See `FormatModule.write`. */
export function write(input: ExportInput): Iterable<string> {
  checkExport(input);
  return parts(input);
}

function* parts(input: ExportInput): Generator<string> {
  const { nuclei } = input;
  const out = new PartWriter();
  const comma = new TextEncoder().encode(',');
  const classCell = perClass(input, (name) => `,${csvCell(name)},`, ',,');
  const lineEnd = new TextEncoder().encode('\n');
  out.text('x,y,class,score\n');
  for (let i = 0; i < nuclei.length; i++) {
    out.decimal(nuclei.x[i]!, COORDINATE_DECIMALS);
    out.bytes(comma);
    out.decimal(nuclei.y[i]!, COORDINATE_DECIMALS);
    out.bytes(classCell(nuclei.class[i]!));
    out.decimal(nuclei.score[i]!, SCORE_DECIMALS);
    out.bytes(lineEnd);
    if (out.isFull) yield out.take();
  }
  yield out.take();
}

/** See `FormatModule.read`. */
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
