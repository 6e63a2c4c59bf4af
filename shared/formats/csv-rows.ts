/**
 * Comma-separated values after RFC 4180: fields in double quotes may hold commas, line breaks and doubled
 * quotes. Lines end with LF or CRLF; a byte order mark and empty lines are skipped.
 *
 * @module
 */
import { UniCellError } from '../errors.ts';

export interface CsvRow {
  /** Line of the file on which the row begins, from 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

/**
 * Reads the rows one by one.
 *
 * @param origin What the text is, for messages.
 * @throws {UniCellError} `POINTS_INVALID` naming the line of a quote that is never closed, or that stands
 *   where none may.
 */
export function* csvRows(text: string, origin: string): Generator<CsvRow> {
  let at = text.startsWith('\uFEFF') ? 1 : 0;
  for (let line = 1; at < text.length; ) {
    const lineEnd = endOfLine(text, at);
    const raw = text.slice(at, lineEnd);
    if (raw.includes('"')) {
      const row = quotedRow(text, at, line, origin);
      yield { line, cells: row.cells };
      at = row.end;
      line = row.line;
    } else {
      const cells = (raw.endsWith('\r') ? raw.slice(0, -1) : raw).split(',');
      if (cells.length > 1 || cells[0] !== '') yield { line, cells };
      at = lineEnd + 1;
      line++;
    }
  }
}

/** A cell as it stands in a file: quoted when it has to be. */
export function csvCell(value: string): string {
  return /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}

function endOfLine(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end;
}

/** Reads a row with quotes, which may go over several lines. */
function quotedRow(text: string, start: number, firstLine: number, origin: string) {
  const cells: string[] = [];
  let line = firstLine;
  for (let at = start; ; at++) {
    let cell: string;
    if (text[at] === '"') {
      cell = '';
      for (let from = at + 1; ; from = at + 2) {
        at = text.indexOf('"', from);
        if (at < 0) throw badQuote(origin, line, 'a quote is never closed');
        const piece = text.slice(from, at);
        cell += piece;
        line += piece.split('\n').length - 1;
        if (text[at + 1] !== '"') break;
        cell += '"';
      }
      at++;
    } else {
      const end = /[",\n]/g;
      end.lastIndex = at;
      const found = end.exec(text)?.index ?? text.length;
      if (text[found] === '"') throw badQuote(origin, line, 'a quote stands inside a field');
      cell = text.slice(at, found);
      at = found;
      if (text[at] !== ',' && cell.endsWith('\r')) {
        cell = cell.slice(0, -1);
        at--;
      }
    }
    cells.push(cell);
    if (text[at] === ',') continue;
    if (text[at] === '\r') at++;
    if (at < text.length && text[at] !== '\n') {
      throw badQuote(origin, line, 'something follows a closing quote');
    }
    return { cells, end: at + 1, line: line + 1 };
  }
}

function badQuote(origin: string, line: number, problem: string): UniCellError {
  return new UniCellError(
    'POINTS_INVALID',
    `${origin}, line ${line}: ${problem}. A field with quotes is written in quotes, with each quote inside doubled (RFC 4180).`,
  );
}
