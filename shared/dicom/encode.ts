/**
 * Data sets in the DICOM JSON model as bytes in explicit VR little endian (DICOM PS3.5, section 7.1.2). A
 * library would do for a whole file; this also gives the pieces, so that arrays of millions of coordinates
 * are written between them without being in memory.
 *
 * @module
 */
import { type DicomAttribute, type DicomJson, itemsOf } from './dicom-json.ts';
import { valueBytes } from './value-bytes.ts';

/** Value representations with a length of four bytes. */
const LONG = 'OB OD OF OL OV OW SQ SV UC UN UR UT UV'.split(' ');

/** Of an even group, which is no delimiter. */
const STANDARD_TAG = /^(?!FFFE)[\dA-F]{3}[02468ACE][\dA-F]{4}$/;

/** Longest value with a length of two bytes. */
const SHORT_LENGTH = 0xfffe;

const ITEM = 'FFFEE000';
const ITEM_END = 'FFFEE00D';
const SEQUENCE_END = 'FFFEE0DD';
const UNDEFINED_LENGTH = 0xffffffff;

/**
 * A data set as bytes, its attributes in order. Private attributes, bulk data that lies elsewhere and what
 * no attribute can be are left out.
 */
export function encodeDataSet(data: DicomJson): Uint8Array<ArrayBuffer> {
  const attributes = Object.entries(data)
    .map(([tag, attribute]) => [tag.toUpperCase(), attribute] as const)
    .filter(([tag]) => STANDARD_TAG.test(tag))
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  return joinBytes(attributes.flatMap(([tag, attribute]) => encodeAttribute(tag, attribute)));
}

/** What stands before a value of `length` bytes. */
export function elementHead(tag: string, vr: string, length: number): Uint8Array<ArrayBuffer> {
  const isLong = LONG.includes(vr);
  const head = new DataView(new ArrayBuffer(isLong ? 12 : 8));
  writeTag(head, tag);
  head.setUint8(4, vr.charCodeAt(0));
  head.setUint8(5, vr.charCodeAt(1));
  if (isLong) head.setUint32(8, length, true);
  else head.setUint16(6, length, true);
  return new Uint8Array(head.buffer);
}

/** Begins a sequence whose length is not known yet. */
export function openSequence(tag: string): Uint8Array<ArrayBuffer> {
  return elementHead(tag, 'SQ', UNDEFINED_LENGTH);
}

/** Begins an item whose length is not known yet. */
export const openItem = () => mark(ITEM, UNDEFINED_LENGTH);
export const closeItem = () => mark(ITEM_END, 0);
export const closeSequence = () => mark(SEQUENCE_END, 0);

/** Puts pieces together. */
export function joinBytes(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

function encodeAttribute(tag: string, attribute: DicomAttribute): Uint8Array[] {
  const { vr } = attribute;
  if (vr === 'SQ') {
    const items = itemsOf({ [tag]: attribute }, tag).flatMap((item) => {
      const content = encodeDataSet(item);
      return [mark(ITEM, content.length), content];
    });
    const length = items.reduce((sum, piece) => sum + piece.length, 0);
    return [elementHead(tag, vr, length), ...items];
  }
  const value = valueBytes(attribute);
  const isTooLong = (value?.length ?? 0) > SHORT_LENGTH && !LONG.includes(vr);
  return value === undefined || isTooLong ? [] : [elementHead(tag, vr, value.length), value];
}

function mark(tag: string, length: number): Uint8Array<ArrayBuffer> {
  const bytes = new DataView(new ArrayBuffer(8));
  writeTag(bytes, tag);
  bytes.setUint32(4, length, true);
  return new Uint8Array(bytes.buffer);
}

function writeTag(view: DataView, tag: string): void {
  view.setUint16(0, Number.parseInt(tag.slice(0, 4), 16), true);
  view.setUint16(2, Number.parseInt(tag.slice(4), 16), true);
}
