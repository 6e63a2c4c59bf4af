import { readFile } from 'node:fs/promises';
import { parse } from 'csv-parse/sync';
import { UniCellError } from '../../shared/errors.ts';

/** A row of a CSV file by column, and where it stands, for messages. */
export interface CsvRow {
  readonly line: number;
  readonly cells: Readonly<Record<string, string>>;
}

/**
 * Reads a CSV file with a header line.
 *
 * @param columns Columns that must be there; others may be.
 * @throws {UniCellError} `SOURCE_NOT_FOUND`, or `POINTS_INVALID` when it is not CSV or lacks a column.
 */
export async function readCsv(path: string, columns: readonly string[]): Promise<CsvRow[]> {
  const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new UniCellError(
      'SOURCE_NOT_FOUND',
      `${path} cannot be read (${cause.code}). Pass a CSV file with the columns ${columns.join(', ')}.`,
      { cause },
    );
  });
  let header: string[] = [];
  let rows: CsvRow[];
  try {
    const parsed = parse(text, {
      bom: true,
      columns: (names: string[]) => {
        header = names;
        return names;
      },
      info: true,
      skip_empty_lines: true,
      trim: true,
    }) as unknown as { record: Record<string, string>; info: { lines: number } }[];
    rows = parsed.map(({ record, info }) => ({ line: info.lines, cells: record }));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UniCellError('POINTS_INVALID', `${path} is not a CSV file: ${reason}.`, { cause });
  }
  const missing = columns.filter((column) => !header.includes(column));
  if (missing.length > 0) {
    throw new UniCellError(
      'POINTS_INVALID',
      `${path} has the columns ${header.join(', ') || '(none)'}; ${missing.join(', ')} is missing.`,
    );
  }
  return rows;
}
