import { UniCellError } from '../../shared/errors.ts';
import { csvRows } from '../../shared/formats/csv-rows.ts';
import { readText } from './read-text.ts';

/** A row of a CSV file by column, and where it stands, for messages. */
export interface TableRow {
  readonly line: number;
  readonly cells: Readonly<Record<string, string>>;
}

/**
 * Reads a CSV file with a header line.
 *
 * @param columns Columns that must be there; others may be.
 * @throws {UniCellError} `SOURCE_NOT_FOUND`, or `POINTS_INVALID` when it is not CSV or lacks a column.
 */
export async function readTable(path: string, columns: readonly string[]): Promise<TableRow[]> {
  const [header, ...rows] = csvRows(await readText(path), path);
  const names = header?.cells.map((name) => name.trim()) ?? [];
  const missing = columns.filter((column) => !names.includes(column));
  if (missing.length > 0) {
    throw new UniCellError(
      'POINTS_INVALID',
      `${path} has the columns ${names.join(', ') || '(none)'}; ${missing.join(', ')} is missing.`,
    );
  }
  return rows.map(({ line, cells }) => {
    if (cells.length !== names.length) {
      throw new UniCellError(
        'POINTS_INVALID',
        `${path}, line ${line}: it has ${cells.length} columns, the header has ${names.length} (${names.join(', ')}).`,
      );
    }
    return { line, cells: Object.fromEntries(names.map((name, at) => [name, cells[at]!.trim()])) };
  });
}
