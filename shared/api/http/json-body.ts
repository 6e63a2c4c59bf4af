/**
 * JSON of callers, whose size and depth are known before it is parsed: a parser makes of every byte several,
 * and does nothing else meanwhile.
 *
 * @module
 */
import { UniCellError } from '../../errors.ts';

/** Bytes of JSON; a picture in it does not count. */
export const MAX_JSON_BYTES = 2 ** 20;
/** Arrays and objects within each other. */
const MAX_JSON_DEPTH = 32;
/** A text with more quotes in it than this is no picture. */
const MAX_QUOTES = 1024;

const [QUOTE, BACKSLASH] = [0x22, 0x5c];
const OPEN: readonly number[] = [0x5b, 0x7b];
const CLOSE: readonly number[] = [0x5d, 0x7d];
/** Stands in a document for its long text; what it says does not matter. */
export const LONG_TEXT = 'the long text';

/** A document, one of whose texts may have stayed bytes. */
export interface JsonBody {
  readonly json: unknown;
  /** What stood between the quotes where `json` has {@link LONG_TEXT}, escapes included; `undefined` in small documents. */
  readonly longText: Uint8Array | undefined;
}

/**
 * Parses JSON that is small.
 *
 * @throws {UniCellError} `BODY_INVALID` for what is none or is nested deeper than {@link MAX_JSON_DEPTH};
 *   `BODY_TOO_LARGE` for more than {@link MAX_JSON_BYTES}.
 */
export function parseJsonBody(bytes: Uint8Array<ArrayBuffer>): unknown {
  if (bytes.length > MAX_JSON_BYTES) throw jsonTooLarge();
  lookOver(bytes);
  return parse(bytes);
}

/**
 * Parses JSON that may hold one long text, such as a picture in base64, which is neither decoded nor copied.
 *
 * @throws {UniCellError} As {@link parseJsonBody}, for what is left without that text.
 */
export function parseJsonWithLongText(bytes: Uint8Array<ArrayBuffer>): JsonBody {
  const { start, end } = lookOver(bytes);
  if (bytes.length <= MAX_JSON_BYTES) return { json: parse(bytes), longText: undefined };
  const name = new TextEncoder().encode(LONG_TEXT);
  const rest = new Uint8Array(bytes.length - (end - start) + name.length);
  rest.set(bytes.subarray(0, start));
  rest.set(name, start);
  rest.set(bytes.subarray(end), start + name.length);
  return { json: parse(rest), longText: bytes.subarray(start, end) };
}

export function jsonTooLarge(): UniCellError {
  return new UniCellError(
    'BODY_TOO_LARGE',
    `The JSON is larger than the ${MAX_JSON_BYTES} bytes that are taken, a picture in base64 not counted. Send less in one request.`,
  );
}

/** Finds the longest text, and stops where all the rest is already too much. One pass, in time that grows with the bytes. */
function lookOver(bytes: Uint8Array): { readonly start: number; readonly end: number } {
  let longest = { start: 0, end: 0 };
  let depth = 0;
  let at = 0;
  while (at < bytes.length) {
    if (at - (longest.end - longest.start) > MAX_JSON_BYTES) throw jsonTooLarge();
    const byte = bytes[at++]!;
    if (OPEN.includes(byte) && ++depth > MAX_JSON_DEPTH) {
      throw new UniCellError(
        'BODY_INVALID',
        `The JSON is nested more than ${MAX_JSON_DEPTH} levels deep; nothing that is taken here is.`,
      );
    }
    if (CLOSE.includes(byte)) depth--;
    if (byte !== QUOTE) continue;
    const end = endOfText(bytes, at);
    if (end - at > longest.end - longest.start) longest = { start: at, end };
    at = end + 1;
  }
  if (bytes.length - (longest.end - longest.start) > MAX_JSON_BYTES) throw jsonTooLarge();
  return longest;
}

/** Where the quote is that ends a text; the end of all where none does. */
function endOfText(bytes: Uint8Array, start: number): number {
  let quotes = 0;
  for (let at = start; ; at++) {
    at = bytes.indexOf(QUOTE, at);
    if (at < 0) return bytes.length;
    let before = at;
    while (before > start && bytes[before - 1] === BACKSLASH) before--;
    if ((at - before) % 2 === 0) return at;
    if (++quotes > MAX_QUOTES && bytes.length > MAX_JSON_BYTES) throw jsonTooLarge();
  }
}

function parse(bytes: Uint8Array): unknown {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    // A reviver takes time, and few documents can hold the name, which may be written with escapes.
    return JSON.parse(text, /__proto__|\\u/.test(text) ? refusePrototype : undefined);
  } catch (cause) {
    if (cause instanceof UniCellError) throw cause;
    throw new UniCellError('BODY_INVALID', 'The body is not JSON in UTF-8.', { cause });
  }
}

/** The checks of fields that are not known pass over this name, so the field would be dropped without a word. */
function refusePrototype(name: string, value: unknown): unknown {
  if (name !== '__proto__') return value;
  throw new UniCellError(
    'BODY_INVALID',
    'The JSON has a field "__proto__", which nothing that is taken here has. Leave it out.',
  );
}
