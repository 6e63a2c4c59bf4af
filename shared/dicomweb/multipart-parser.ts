/**
 * `multipart/related` as it comes (RFC 2046, section 5.1): bytes in, whole parts out. It holds one part at
 * a time, however long the answer is.
 *
 * @module
 */
import { UniCellError } from '../errors.ts';
import { ByteQueue } from './byte-queue.ts';

export interface MultipartPart {
  /** By name in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

const MAX_HEADER_BYTES = 16 * 1024;
const CR = 13;
const LF = 10;
const DASH = 45;
const HEADERS_END = new Uint8Array([CR, LF, CR, LF]);

export class MultipartParser {
  readonly #delimiter: Uint8Array<ArrayBuffer>;
  readonly #maxPartBytes: number;
  readonly #queue = new ByteQueue();
  #state: 'preamble' | 'headers' | 'body' | 'epilogue' = 'preamble';
  #headers: ReadonlyMap<string, string> = new Map();
  #parts = 0;

  /**
   * @param boundary As the content type states it.
   * @param maxPartBytes A larger part is an error; so memory is bounded.
   */
  constructor(boundary: string, maxPartBytes: number) {
    this.#delimiter = new TextEncoder().encode(`\r\n--${boundary}`);
    this.#maxPartBytes = maxPartBytes;
    // The first delimiter may stand at the very beginning, without the line break that belongs to it.
    this.#queue.push(new Uint8Array([CR, LF]));
  }

  /**
   * Takes more bytes.
   *
   * @returns The parts that they complete.
   * @throws {UniCellError} `DICOMWEB_INVALID` for what is no multipart, or a part that is too large.
   */
  push(chunk: Uint8Array): MultipartPart[] {
    if (this.#state === 'epilogue') return [];
    this.#queue.push(chunk);
    const parts: MultipartPart[] = [];
    while (this.#step(parts));
    return parts;
  }

  /**
   * Says that nothing more comes.
   *
   * @throws {UniCellError} `DICOMWEB_INVALID` when the last delimiter has not come.
   */
  end(): void {
    if (this.#state === 'epilogue') return;
    const where =
      this.#state === 'preamble' ? 'before its first part' : `in part ${this.#parts + 1}`;
    throw invalid(`is half a multipart: it ended ${where}`);
  }

  /** Goes one state on; `false` when that needs more bytes. */
  #step(parts: MultipartPart[]): boolean {
    switch (this.#state) {
      case 'preamble':
        return this.#skipPreamble();
      case 'headers':
        return this.#readHeaders();
      case 'body':
        return this.#readBody(parts);
      case 'epilogue':
        this.#queue.drop(this.#queue.length);
        return false;
    }
  }

  #skipPreamble(): boolean {
    const at = this.#queue.find(this.#delimiter);
    if (at < 0) {
      this.#checkLength(MAX_HEADER_BYTES, 'bytes before its first part');
      return false;
    }
    this.#queue.drop(at + this.#delimiter.length);
    this.#state = 'headers';
    return true;
  }

  /** What follows a delimiter: two dashes, or the end of its line, headers and an empty line. */
  #readHeaders(): boolean {
    if (this.#queue.length < 2) return false;
    if (this.#queue.at(0) === DASH && this.#queue.at(1) === DASH) {
      this.#state = 'epilogue';
      return true;
    }
    const end = this.#queue.find(HEADERS_END);
    if (end < 0) {
      this.#checkLength(MAX_HEADER_BYTES, 'bytes of headers');
      return false;
    }
    const [rest, ...lines] = new TextDecoder().decode(this.#queue.take(end)).split('\r\n');
    if (rest!.trim() !== '') throw invalid('has a delimiter with text behind it');
    this.#headers = headersOf(lines);
    // The second line break stays: it may belong to the delimiter of an empty part.
    this.#queue.drop(2);
    this.#state = 'body';
    return true;
  }

  #readBody(parts: MultipartPart[]): boolean {
    const end = this.#queue.find(this.#delimiter);
    const lineBreak = 2;
    if (end < 0) {
      this.#checkLength(
        this.#maxPartBytes + this.#delimiter.length + lineBreak,
        `bytes in part ${this.#parts + 1}`,
      );
      return false;
    }
    if (end > this.#maxPartBytes + lineBreak) {
      throw invalid(`has ${end - lineBreak} bytes in part ${this.#parts + 1}`);
    }
    const isEmpty = end < lineBreak;
    if (!isEmpty) this.#queue.drop(lineBreak);
    const bytes = this.#queue.take(isEmpty ? 0 : end - lineBreak);
    this.#queue.drop(this.#delimiter.length);
    parts.push({ headers: this.#headers, bytes });
    this.#parts += 1;
    this.#state = 'headers';
    return true;
  }

  #checkLength(limit: number, what: string): void {
    if (this.#queue.length > limit) throw invalid(`has more than ${limit} ${what}`);
  }
}

function headersOf(lines: readonly string[]): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon > 0)
      headers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
  return headers;
}

function invalid(what: string): UniCellError {
  return new UniCellError(
    'DICOMWEB_INVALID',
    `The multipart answer of the PACS ${what}. Ask again; if it stays so, look at the PACS and at proxies before it.`,
  );
}
