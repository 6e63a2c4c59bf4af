/**
 * Data sets as dicom-parser finds them, in the DICOM JSON model (PS3.18, annex F).
 *
 * @module
 */
import type { DataSet, Element } from 'dicom-parser';
import type { DicomAttribute, DicomJson } from '../../../shared/dicom/dicom-json.ts';

/** Longer binary values are no header: pixels, tables of frames, colour profiles above this size. */
const MAX_BINARY_BYTES = 4 * 1024 * 1024;
const TEXTS = new Set('AE AS CS DA DS DT IS LO LT PN SH ST TM UC UI UR UT'.split(' '));
/** Where backslashes do not part values. */
const ONE_VALUE = new Set(['LT', 'ST', 'UR', 'UT']);
const NUMBERS: Readonly<
  Record<
    string,
    readonly [
      bytes: number,
      read: 'getUint16' | 'getUint32' | 'getInt16' | 'getInt32' | 'getFloat32' | 'getFloat64',
    ]
  >
> = {
  US: [2, 'getUint16'],
  UL: [4, 'getUint32'],
  SS: [2, 'getInt16'],
  SL: [4, 'getInt32'],
  FL: [4, 'getFloat32'],
  FD: [8, 'getFloat64'],
};

/** Little endian with explicit value representations. Pixels and group lengths are left out. */
export function dataSetJson(set: DataSet, charset = charsetOf(set)): DicomJson {
  const json: Record<string, DicomAttribute> = {};
  for (const element of Object.values(set.elements)) {
    const tag = element.tag.slice(1).toUpperCase();
    if (tag === '7FE00010' || tag.endsWith('0000')) continue;
    const attribute = attributeOf(set, element, charset);
    if (attribute) json[tag] = attribute;
  }
  return json;
}

function attributeOf(set: DataSet, element: Element, charset: string): DicomAttribute | undefined {
  const { vr = 'UN', dataOffset, length, items } = element;
  if (items || vr === 'SQ') {
    const sets = (items ?? []).flatMap(({ dataSet }) => (dataSet ? [dataSet] : []));
    return { vr: 'SQ', Value: sets.map((one) => dataSetJson(one, charset)) };
  }
  if (length === 0) return { vr };
  const bytes = set.byteArray.subarray(dataOffset, dataOffset + length) as Uint8Array;
  if (TEXTS.has(vr)) return { vr, Value: texts(bytes, vr, charset) };
  const number = NUMBERS[vr];
  if (number) {
    const [width, read] = number;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const count = Math.floor(bytes.length / width);
    return { vr, Value: Array.from({ length: count }, (_, i) => view[read](i * width, true)) };
  }
  if (bytes.length > MAX_BINARY_BYTES) return undefined;
  return { vr, InlineBinary: Buffer.from(bytes).toString('base64') };
}

function texts(bytes: Uint8Array, vr: string, charset: string): unknown[] {
  const text = new TextDecoder(charset).decode(bytes).replace(/\0+$/, '');
  const values = (ONE_VALUE.has(vr) ? [text] : text.split('\\')).map((value) => value.trim());
  return vr === 'PN' ? values.map((value) => ({ Alphabetic: value.split('=')[0] })) : values;
}

/** Of Specific Character Set; Latin-1 reads ASCII, and never fails. */
function charsetOf(set: DataSet): string {
  const said = set.string('x00080005') ?? '';
  if (said.includes('ISO_IR 192')) return 'utf-8';
  if (said.includes('GB18030') || said.includes('GBK')) return 'gb18030';
  return 'latin1';
}
