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

const ITEM = 'FFFEE000';
const ITEM_END = 'FFFEE00D';
const SEQUENCE_END = 'FFFEE0DD';
const UNDEFINED_LENGTH = 0xffffffff;

/**
 * A data set as bytes, its attributes in order. Private attributes and bulk data that lies elsewhere are
 * left out.
 */
export function encodeDataSet(data: DicomJson): Uint8Array<ArrayBuffer> {
  const tags = Object.keys(data)
    .filter((tag) => Number.parseInt(tag.slice(0, 4), 16) % 2 === 0)
    .toSorted();
  return joinBytes(tags.flatMap((tag) => encodeAttribute(tag, data[tag]!)));
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
  return value === undefined ? [] : [elementHead(tag, vr, value.length), value];
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
