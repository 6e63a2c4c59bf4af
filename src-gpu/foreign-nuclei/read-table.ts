/**
 * Nuclei in CSV, and in tables between semicolons or tabs.
 *
 * @module
 */
import { UniCellError } from '../../shared/errors.ts';
import { type CsvRow, csvCell, csvRows, separatorOf } from '../../shared/formats/csv-rows.ts';
import {
  CLASS_COLUMN,
  type ForeignNuclei,
  nameOf,
  roundedScore,
  SCORE_COLUMN,
  type Unit,
} from './foreign-nuclei.ts';
import { findPointColumns } from './point-columns.ts';

/** @throws {UniCellError} `POINTS_INVALID` naming the line, and as `findPointColumns`. */
export function readTable(text: string, origin: string, unit: Unit | undefined): ForeignNuclei {
  const rows = [...csvRows(text, origin)];
  const header = rows.shift()?.cells ?? [];
  const columns = findPointColumns(origin, header, unit);
  const separator = separatorOf(text);
  const hasDecimalCommas = separator !== ',';
  const [atX, atY] = [header.indexOf(columns.x), header.indexOf(columns.y)];
  const x = new Float64Array(rows.length);
  const y = new Float64Array(rows.length);
  for (const [i, { line, cells }] of rows.entries()) {
    if (cells.length !== header.length) {
      throw new UniCellError(
        'POINTS_INVALID',
        `${origin}, line ${line}: it has ${cells.length} columns, the header has ${header.length}.`,
      );
    }
    x[i] = numberOf(cells[atX]!, hasDecimalCommas);
    y[i] = numberOf(cells[atY]!, hasDecimalCommas);
    if (Number.isFinite(x[i]! + y[i]!)) continue;
    throw new UniCellError(
      'POINTS_INVALID',
      `${origin}, line ${line}: ${columns.x} is ${JSON.stringify(cells[atX])} and ${columns.y} is ${JSON.stringify(cells[atY])}; both must be numbers.`,
    );
  }
  const kept = [...header.keys()].filter(
    (i) => header[i] !== CLASS_COLUMN && header[i] !== SCORE_COLUMN,
  );
  return {
    points: { x, y },
    unit: columns.unit,
    isOfQuPath: /^centroid x /i.test(columns.x),
    extension: 'csv',
    write(classes) {
      // As the file was read, so that whoever reads the one reads the other.
      const line = (cells: readonly string[], last: readonly string[]) =>
        [...kept.map((i) => cells[i]!), ...last].map((cell) => csvCell(cell)).join(separator);
      const decimalMark = hasDecimalCommas ? decimalMarkOf(rows, [atX, atY]) : '.';
      const lines = rows.map(({ cells }, row) => {
        const score = String(roundedScore(classes, row)).replace('.', decimalMark);
        return line(cells, [nameOf(classes, row) ?? '', score]);
      });
      const head = line(header, [CLASS_COLUMN, SCORE_COLUMN]);
      return new TextEncoder().encode(`${[head, ...lines].join('\n')}\n`);
    },
  };
}

/** What stands before the decimals: in the coordinates, or elsewhere in the table when all of them are whole. */
function decimalMarkOf(rows: readonly CsvRow[], coordinates: readonly number[]): ',' | '.' {
  const markOf = (cell: string) => /^\s*[+-]?\d*([.,])\d+(?:e[+-]?\d+)?\s*$/i.exec(cell)?.[1];
  let other: string | undefined;
  for (const { cells } of rows) {
    const mark = coordinates.map((at) => markOf(cells[at]!)).find((one) => one !== undefined);
    if (mark !== undefined) return mark === ',' ? ',' : '.';
    for (const cell of cells) other ??= markOf(cell);
  }
  return other === ',' ? ',' : '.';
}

function numberOf(cell: string, hasDecimalCommas: boolean): number {
  const text = hasDecimalCommas ? cell.trim().replace(',', '.') : cell.trim();
  return text === '' ? Number.NaN : Number(text);
}
