/**
 * Tiles of counts as bytes, little-endian. docs/viewer.md has the layout for those who read it elsewhere.
 *
 * @module
 */
import { type CellCounts, SCORE_STEPS } from './cell-counts.ts';
import { TILE_CELLS } from './point-grid.ts';

export const COUNTS_MEDIA_TYPE = 'application/vnd.unicell.counts';

const HEAD_BYTES = 32;
const MAGIC = 'UCCOUNT1';

/** The counts of a tile. */
export interface CountTile extends CellCounts {
  /** Classes of the dataset. */
  readonly classes: number;
}

/** The first 32 bytes, then for each count the distance of its key from the one before, and the count: LEB128. */
export function encodeCountTile({ keys, counts, classes }: CountTile): Uint8Array<ArrayBuffer> {
  const body: number[] = [];
  let before = 0;
  for (const [i, key] of keys.entries()) {
    pushNumber(body, key - before);
    pushNumber(body, counts[i]!);
    before = key;
  }
  const bytes = new Uint8Array(HEAD_BYTES + body.length);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < MAGIC.length; i++) bytes[i] = MAGIC.charCodeAt(i);
  view.setUint32(
    8,
    counts.reduce((sum, count) => sum + count, 0),
    true,
  );
  view.setUint32(12, keys.length, true);
  view.setUint32(16, classes, true);
  view.setUint32(20, TILE_CELLS, true);
  view.setUint32(24, SCORE_STEPS, true);
  bytes.set(body, HEAD_BYTES);
  return bytes;
}

/** @throws {RangeError} for bytes that are no tile of this cut. */
export function decodeCountTile(bytes: Uint8Array): CountTile {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isTile =
    bytes.length >= HEAD_BYTES &&
    [...MAGIC].every((c, i) => bytes[i] === c.charCodeAt(0)) &&
    view.getUint32(20, true) === TILE_CELLS &&
    view.getUint32(24, true) === SCORE_STEPS;
  if (!isTile) throw new RangeError(`${bytes.length} bytes are no tile of counts.`);
  const length = view.getUint32(12, true);
  if (length > (bytes.length - HEAD_BYTES) / 2)
    throw new RangeError('A tile of counts is cut off.');
  const keys = new Uint32Array(length);
  const counts = new Uint32Array(length);
  const reader = { bytes, at: HEAD_BYTES };
  let key = 0;
  for (let i = 0; i < length; i++) {
    key += takeNumber(reader);
    keys[i] = key;
    counts[i] = takeNumber(reader);
  }
  return { keys, counts, classes: view.getUint32(16, true) };
}

function pushNumber(to: number[], value: number): void {
  let rest = value;
  while (rest >= 0x80) {
    to.push((rest & 0x7f) | 0x80);
    rest >>>= 7;
  }
  to.push(rest);
}

function takeNumber(from: { readonly bytes: Uint8Array; at: number }): number {
  let value = 0;
  for (let shift = 0; shift < 35; shift += 7) {
    const byte = from.bytes[from.at++];
    if (byte === undefined) break;
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return value;
  }
  throw new RangeError('A tile of counts is cut off.');
}
