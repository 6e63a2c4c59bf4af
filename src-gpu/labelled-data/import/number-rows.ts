import { UniCellError } from '../../../shared/errors.ts';
import { readText } from '../read-text.ts';

export interface NumberRow {
  readonly line: number;
  readonly values: readonly number[];
}

/**
 * Reads a text file of numbers without a header, one row per line; empty lines are skipped.
 *
 * @param columns What the columns are called, in messages; every line must have one number for each.
 * @throws {UniCellError} `SOURCE_NOT_FOUND`; `POINTS_INVALID` naming the line with another number of
 *   columns, or with something that is not a finite number.
 */
export async function readNumberRows(
  path: string,
  columns: readonly string[],
  separator: ',' | ' ',
): Promise<NumberRow[]> {
  const rows: NumberRow[] = [];
  const lines = (await readText(path)).replace(/^\uFEFF/, '').split('\n');
  for (const [index, text] of lines.entries()) {
    const trimmed = text.trim();
    if (trimmed === '') continue;
    const cells = trimmed.split(separator === ',' ? ',' : /\s+/);
    const line = index + 1;
    if (cells.length !== columns.length) {
      throw new UniCellError(
        'POINTS_INVALID',
        `${path}, line ${line}: it has ${cells.length} columns; ${columns.join(', ')} are needed, with no header.`,
      );
    }
    const values = cells.map(Number);
    const bad = cells.findIndex((cell, at) => cell.trim() === '' || !Number.isFinite(values[at]));
    if (bad >= 0) {
      throw new UniCellError(
        'POINTS_INVALID',
        `${path}, line ${line}: ${columns[bad]} is ${JSON.stringify(cells[bad])}; it must be a finite number.`,
      );
    }
    rows.push({ line, values });
  }
  return rows;
}
