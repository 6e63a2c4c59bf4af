/**
 * Comma-separated values after RFC 4180, and as spreadsheets write them elsewhere: between semicolons or tabs. Fields
 * in double quotes may hold separators, line breaks and doubled quotes. Lines end with LF, CRLF or CR; a byte
 * order mark and empty lines are skipped.
 *
 * @module
 */
import { UniCellError } from '../errors.ts';

export interface CsvRow {
  /** Line of the file on which the row begins, from 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

type Separator = ',' | ';' | '\t';

/**
 * Reads the rows one by one.
 *
 * @param origin What the text is, for messages.
 * @throws {UniCellError} `POINTS_INVALID` naming the line of a quote that is never closed, or that stands
 *   where none may.
 */
export function* csvRows(text: string, origin: string): Generator<CsvRow> {
  let at = text.startsWith('\uFEFF') ? 1 : 0;
  const separator = separatorOf(text);
  for (let line = 1; at < text.length; ) {
    const [lineEnd, next] = endOfLine(text, at);
    const raw = text.slice(at, lineEnd);
    if (raw.includes('"')) {
      const row = quotedRow(text, at, { line, origin, separator });
      yield { line, cells: row.cells };
      at = row.end;
      line = row.line;
    } else {
      const cells = raw.split(separator);
      if (cells.length > 1 || cells[0] !== '') yield { line, cells };
      at = next;
      line++;
    }
  }
}

/** What stands between the names of the first line: the most frequent one; a comma where there is none. */
export function separatorOf(text: string): Separator {
  const counts: Record<Separator, number> = { ',': 0, ';': 0, '\t': 0 };
  let isQuoted = false;
  for (const letter of text) {
    if (letter === '"') isQuoted = !isQuoted;
    if (isQuoted) continue;
    if (letter === '\n' || letter === '\r') break;
    if (letter in counts) counts[letter as Separator] += 1;
  }
  const { ',': commas, ';': semicolons, '\t': tabs } = counts;
  if (tabs > Math.max(commas, semicolons)) return '\t';
  return semicolons > commas ? ';' : ',';
}

/** A cell as it stands in a file: quoted when it has to be. */
export function csvCell(value: string): string {
  return /[",;\t\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}

/**
 * Where the line ends, and where the next one begins. Looks no farther than the line: in a file without LF each search
 * for one would go through all that is left.
 */
function endOfLine(text: string, at: number): [end: number, next: number] {
  const ends = /[\r\n]/g;
  ends.lastIndex = at;
  const end = ends.exec(text)?.index ?? text.length;
  return [end, end + (text.startsWith('\r\n', end) ? 2 : 1)];
}

/** Reads a row with quotes, which may go over several lines. */
function quotedRow(
  text: string,
  start: number,
  place: { readonly line: number; readonly origin: string; readonly separator: Separator },
) {
  const { origin, separator } = place;
  const cells: string[] = [];
  let { line } = place;
  for (let at = start; ; at++) {
    let cell: string;
    if (text[at] === '"') {
      cell = '';
      for (let from = at + 1; ; from = at + 2) {
        at = text.indexOf('"', from);
        if (at < 0) throw badQuote(origin, line, 'a quote is never closed');
        const piece = text.slice(from, at);
        cell += piece;
        line += piece.split(/\r\n|\r|\n/).length - 1;
        if (text[at + 1] !== '"') break;
        cell += '"';
      }
      at++;
    } else {
      const from = at;
      while (at < text.length && text[at] !== separator && !/["\r\n]/.test(text[at]!)) at++;
      if (text[at] === '"') throw badQuote(origin, line, 'a quote stands inside a field');
      cell = text.slice(from, at);
    }
    cells.push(cell);
    if (text[at] === separator) continue;
    if (at < text.length && text[at] !== '\n' && text[at] !== '\r') {
      throw badQuote(origin, line, 'something follows a closing quote');
    }
    const end = at + (text[at] === '\r' && text[at + 1] === '\n' ? 2 : 1);
    return { cells, end, line: line + 1 };
  }
}

function badQuote(origin: string, line: number, problem: string): UniCellError {
  return new UniCellError(
    'POINTS_INVALID',
    `${origin}, line ${line}: ${problem}. A field with quotes is written in quotes, with each quote inside doubled (RFC 4180).`,
  );
}
