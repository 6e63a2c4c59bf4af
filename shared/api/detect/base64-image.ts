/**
 * Pictures in base64, decoded from the bytes of a JSON text without making a text of them.
 *
 * @module
 */
import { UniCellError } from '../../errors.ts';
import { mediaTypeOf } from '../http/media-type.ts';

export interface Base64Picture {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The media type that a data URL states; empty for none. */
  readonly declared: string;
}

/** Longest beginning of a data URL, before its comma. */
const MAX_PREFIX = 256;
const [COMMA, BACKSLASH, PADDING] = [0x2c, 0x5c, 0x3d];
const [SPACE, PAD, WRONG] = [-1, -2, -3];

/** What each character stands for: six bits, nothing, an end, or no base64. The alphabet of URLs counts too. */
const SIX_BITS = (() => {
  const values = new Int8Array(256).fill(WRONG);
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
  for (const [value, letter] of [...alphabet].entries()) values[letter.charCodeAt(0)] = value;
  for (const letter of '+-') values[letter.charCodeAt(0)] = 62;
  for (const letter of '/_') values[letter.charCodeAt(0)] = 63;
  for (const space of ' \t\n\f\r') values[space.charCodeAt(0)] = SPACE;
  values[PADDING] = PAD;
  return values;
})();

/**
 * Decodes base64 or a data URL.
 *
 * @param text A JSON text between its quotes, in UTF-8.
 * @throws {UniCellError} `BODY_EMPTY`, `BODY_INVALID`.
 */
export function decodeBase64(text: Uint8Array): Base64Picture {
  const comma = text.subarray(0, MAX_PREFIX).indexOf(COMMA);
  const prefix = new TextDecoder().decode(text.subarray(0, Math.max(0, comma)));
  const dataUrl = /^data:([\w/+.-]+);base64$/.exec(prefix.replaceAll('\\/', '/'));
  const bytes = decode(dataUrl ? text.subarray(comma + 1) : text);
  if (bytes.length === 0) {
    throw new UniCellError('BODY_EMPTY', 'The member "image.base64" is empty; send a picture.');
  }
  return { bytes, declared: mediaTypeOf(dataUrl?.[1]) };
}

function decode(text: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(Math.ceil((text.length * 3) / 4));
  let length = 0;
  let letters = 0;
  let pads = 0;
  let bits = 0;
  for (let at = 0; at < text.length; at++) {
    // Nearly everything is four letters that make three bytes.
    while ((letters & 3) === 0 && at + 4 <= text.length) {
      const a = SIX_BITS[text[at]!]!;
      const b = SIX_BITS[text[at + 1]!]!;
      const c = SIX_BITS[text[at + 2]!]!;
      const d = SIX_BITS[text[at + 3]!]!;
      if ((a | b | c | d) < 0 || pads > 0) break;
      bytes[length++] = (a << 2) | (b >> 4);
      bytes[length++] = (b << 4) | (c >> 2);
      bytes[length++] = (c << 6) | d;
      at += 4;
    }
    if (at === text.length) break;
    let letter = text[at]!;
    if (letter === BACKSLASH) {
      const part = unescaped(text, at);
      letter = part.letter;
      at += part.length - 1;
    }
    const value = SIX_BITS[letter]!;
    if (value >= 0 && pads === 0) {
      bits = (bits << 6) | value;
      if ((++letters & 3) === 0) {
        bytes[length++] = bits >> 16;
        bytes[length++] = bits >> 8;
        bytes[length++] = bits;
        bits = 0;
      }
    } else if (value === PAD) pads++;
    else if (value !== SPACE) throw notBase64();
  }
  const left = letters & 3;
  if (left === 1 || (pads > 0 && left + pads !== 4)) throw notBase64();
  if (left >= 2) bytes[length++] = left === 2 ? bits >> 4 : bits >> 10;
  if (left === 3) bytes[length++] = bits >> 2;
  return bytes.subarray(0, length);
}

/** What an escape of JSON stands for (RFC 8259, section 7), where that can be base64. */
function unescaped(text: Uint8Array, at: number): { letter: number; length: number } {
  const part = String.fromCharCode(...text.subarray(at + 1, at + 6));
  const plain = { '/': '/', n: '\n', r: '\r', t: '\t', f: '\f' }[part[0] ?? ''];
  if (plain !== undefined) return { letter: plain.charCodeAt(0), length: 2 };
  const code = /^u00([\da-f]{2})$/i.exec(part)?.[1];
  if (code === undefined) throw notBase64();
  return { letter: Number.parseInt(code, 16), length: 6 };
}

function notBase64(): UniCellError {
  return new UniCellError('BODY_INVALID', 'The member "image.base64" is not base64.');
}
