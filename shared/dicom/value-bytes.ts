/**
 * Values of attributes as bytes, by their value representation (DICOM PS3.5, section 6.2), in little endian
 * and UTF-8.
 *
 * @module
 */
import type { DicomAttribute } from './dicom-json.ts';

const encoder = new TextEncoder();

type NumberWriter = (view: DataView, at: number, value: number) => void;

const NUMBERS: Readonly<Record<string, { readonly bytes: number; readonly write: NumberWriter }>> =
  {
    US: { bytes: 2, write: (view, at, value) => view.setUint16(at, value, true) },
    SS: { bytes: 2, write: (view, at, value) => view.setInt16(at, value, true) },
    UL: { bytes: 4, write: (view, at, value) => view.setUint32(at, value, true) },
    SL: { bytes: 4, write: (view, at, value) => view.setInt32(at, value, true) },
    FL: { bytes: 4, write: (view, at, value) => view.setFloat32(at, value, true) },
    FD: { bytes: 8, write: (view, at, value) => view.setFloat64(at, value, true) },
  };

/** Value representations whose values are text, and of these the ones with a single value. */
const TEXTS = 'AE AS CS DA DS DT IS LO LT PN SH ST TM UC UI UR UT'.split(' ');
const SINGLE_TEXTS = 'LT ST UR UT'.split(' ');

/**
 * The bytes of an attribute that is no sequence, of even length.
 *
 * @returns `undefined` where there is nothing to write it from: bulk data that lies elsewhere, what is no base64,
 *   or a value representation that no copied attribute has.
 */
export function valueBytes(attribute: DicomAttribute): Uint8Array | undefined {
  const { vr, Value, InlineBinary: binary, BulkDataURI: bulk } = attribute;
  if (bulk !== undefined) return undefined;
  const values: readonly unknown[] = Array.isArray(Value) ? Value : [];
  if (TEXTS.includes(vr)) {
    const texts = values.map(textOf);
    // A backslash in a value would make two of it.
    const joined = SINGLE_TEXTS.includes(vr)
      ? (texts[0] ?? '')
      : texts.map((text) => text.replaceAll('\\', '/')).join('\\');
    return padded(encoder.encode(joined), vr === 'UI' ? 0 : 0x20);
  }
  const number = NUMBERS[vr];
  if (number !== undefined) {
    const view = new DataView(new ArrayBuffer(values.length * number.bytes));
    for (const [i, value] of values.entries()) number.write(view, i * number.bytes, Number(value));
    return new Uint8Array(view.buffer);
  }
  if (binary === undefined) return values.length === 0 ? new Uint8Array() : undefined;
  return decodeBase64(binary);
}

function decodeBase64(text: string): Uint8Array | undefined {
  try {
    return padded(
      Uint8Array.from(atob(text), (char) => char.charCodeAt(0)),
      0,
    );
  } catch {
    return undefined;
  }
}

/** A text or a number; of a person's name its component groups (PS3.18, F.2.2). */
function textOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value !== 'object') return String(value);
  const { Alphabetic, Ideographic, Phonetic } = value as Record<string, unknown>;
  return [Alphabetic, Ideographic, Phonetic]
    .map((group) => (typeof group === 'string' ? group : ''))
    .join('=')
    .replace(/=+$/, '');
}

function padded(bytes: Uint8Array, padding: number): Uint8Array {
  if (bytes.length % 2 === 0) return bytes;
  const even = new Uint8Array(bytes.length + 1).fill(padding);
  even.set(bytes);
  return even;
}
