/**
 * Tiles of nuclei as bytes, little-endian. docs/viewer.md has the layout for those who read it elsewhere.
 *
 * @module
 */
import type { Nuclei } from '../nuclei/nuclei.ts';

export const POINTS_MEDIA_TYPE = 'application/vnd.unicell.points';

const HEAD_BYTES = 32;
const NUCLEUS_BYTES = 13;
const MAGIC = 'UCPOINT1';

/** What a tile shows of its nuclei. */
export interface PointTile {
  /** The nuclei that it shows, by rank: all, or a sample. Coordinates are pixels of level 0. */
  readonly nuclei: Nuclei;
  /** How many lie in it. */
  readonly total: number;
}

/** The first 32 bytes, then the columns x, y and score as 32-bit floats, then class as bytes. */
export function encodePointTile({ nuclei, total }: PointTile): Uint8Array<ArrayBuffer> {
  const { length } = nuclei;
  const bytes = new Uint8Array(HEAD_BYTES + length * NUCLEUS_BYTES);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < MAGIC.length; i++) bytes[i] = MAGIC.charCodeAt(i);
  view.setUint32(8, total, true);
  view.setUint32(12, length, true);
  let at = HEAD_BYTES;
  for (const column of [nuclei.x, nuclei.y, nuclei.score]) {
    for (const value of column) {
      view.setFloat32(at, value, true);
      at += 4;
    }
  }
  bytes.set(nuclei.class, at);
  return bytes;
}

/** @throws {RangeError} for bytes that are no tile. */
export function decodePointTile(bytes: Uint8Array): PointTile {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isTile =
    bytes.length >= HEAD_BYTES && [...MAGIC].every((c, i) => bytes[i] === c.charCodeAt(0));
  const length = isTile ? view.getUint32(12, true) : -1;
  const total = isTile ? view.getUint32(8, true) : -1;
  if (bytes.length !== HEAD_BYTES + length * NUCLEUS_BYTES || total < length) {
    throw new RangeError(`${bytes.length} bytes are no tile of points.`);
  }
  const column = (place: number) =>
    Float32Array.from({ length }, (_, i) =>
      view.getFloat32(HEAD_BYTES + (place * length + i) * 4, true),
    );
  const classes = bytes.slice(HEAD_BYTES + 12 * length);
  return {
    nuclei: { length, x: column(0), y: column(1), score: column(2), class: classes },
    total,
  };
}
