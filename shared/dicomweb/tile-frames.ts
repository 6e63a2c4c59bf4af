/**
 * Which frame holds which tile (DICOM PS3.3, sections C.7.6.17.3 and C.8.12.4).
 *
 * @module
 */
import { itemsOf, numberOf } from '../dicom/dicom-json.ts';
import { UniCellError } from '../errors.ts';
import { TAG } from './tags.ts';
import type { WsmInstance } from './wsm-instance.ts';

/** A frame of an instance. */
export interface TileFrame {
  /** SOP Instance UID. */
  readonly instance: string;
  /** From 1. */
  readonly frame: number;
}

export interface TileFrames {
  /** Tiles per row. */
  readonly columns: number;
  readonly rows: number;
  /** The frame of a tile; `undefined` for one that was not scanned. */
  frameAt(column: number, row: number): TileFrame | undefined;
}

/** A level of more tiles than this is a mistake: at 256 pixels a side it would be 16 m of glass. */
const MAX_TILES = 2 ** 32;

/**
 * Lays out the frames of a level.
 *
 * @param parts The instance, or all parts of a concatenation in order.
 * @param focalPlane Which of the focal planes, from 0.
 * @throws {UniCellError} `DICOM_INVALID` when the number of frames contradicts the sizes or a frame lies
 *   outside; `IMAGE_UNSUPPORTED` for frames that lie on no grid.
 */
export function layOutFrames(parts: readonly WsmInstance[], focalPlane: number): TileFrames {
  const [first] = parts;
  if (!first) throw new TypeError('A level has at least one instance.');
  const { matrix, pixels } = first;
  const columns = Math.ceil(matrix.width / pixels.tile.width);
  const rows = Math.ceil(matrix.height / pixels.tile.height);
  if (columns * rows > MAX_TILES) {
    throw invalid(first, `would have ${columns} x ${rows} tiles, more than any slide`);
  }
  const frameAt = first.isSparse
    ? sparseFrames(parts, columns, focalPlane)
    : fullFrames(parts, columns, rows, focalPlane);
  return { columns, rows, frameAt };
}

/** Focal planes of a sparsely tiled level: the distances from the slide that its frames have, from near to far. */
export function sparseFocalPlanes(parts: readonly WsmInstance[]): number[] {
  const planes = new Set<number>();
  for (const place of placesOf(parts)) planes.add(place.z);
  return [...planes].sort((a, b) => a - b);
}

/** Row by row, plane by plane, optical path by optical path. */
function fullFrames(
  parts: readonly WsmInstance[],
  columns: number,
  rows: number,
  focalPlane: number,
): TileFrames['frameAt'] {
  const { focalPlanes, opticalPaths } = parts[0]!;
  const frames = parts.reduce((sum, part) => sum + part.frames, 0);
  const expected = columns * rows * focalPlanes * opticalPaths;
  if (frames !== expected) {
    throw invalid(
      parts[0]!,
      `has ${frames} frames and needs ${expected}: ${columns} x ${rows} tiles, ${focalPlanes} focal planes, ${opticalPaths} optical paths`,
    );
  }
  return (column, row) => {
    const number = focalPlane * columns * rows + row * columns + column;
    let before = 0;
    for (const { uid, frames: here } of parts) {
      if (number < before + here) return { instance: uid, frame: number - before + 1 };
      before += here;
    }
    return undefined;
  };
}

function sparseFrames(
  parts: readonly WsmInstance[],
  columns: number,
  focalPlane: number,
): TileFrames['frameAt'] {
  const z = sparseFocalPlanes(parts)[focalPlane];
  const { tile } = parts[0]!.pixels;
  const frames = new Map<number, TileFrame>();
  for (const place of placesOf(parts)) {
    if (place.z !== z) continue;
    if (place.x % tile.width !== 0 || place.y % tile.height !== 0) {
      throw new UniCellError(
        'IMAGE_UNSUPPORTED',
        `The instance ${place.instance} has a frame at column ${place.x + 1}, row ${place.y + 1}, which is on no grid of ${tile.width} x ${tile.height} tiles. Slides whose frames lie anywhere are not read here; convert it, for instance with wsidicomizer.`,
      );
    }
    const index = (place.y / tile.height) * columns + place.x / tile.width;
    // A tile that was stored twice counts once.
    if (!frames.has(index)) frames.set(index, { instance: place.instance, frame: place.frame });
  }
  return (column, row) => frames.get(row * columns + column);
}

interface Place extends TileFrame {
  /** Of its top left pixel, from 0. */
  readonly x: number;
  readonly y: number;
  /** Distance from the slide. */
  readonly z: number;
}

function* placesOf(parts: readonly WsmInstance[]): Generator<Place> {
  for (const part of parts) {
    const groups = itemsOf(part.data, TAG.perFrameFunctionalGroups);
    if (groups.length !== part.frames) {
      throw invalid(
        part,
        `has ${part.frames} frames, is tiled sparsely and says the places of ${groups.length}`,
      );
    }
    for (const [i, group] of groups.entries()) {
      const [place] = itemsOf(group, TAG.planePositionSlideSequence);
      const column = numberOf(place, TAG.columnPosition);
      const row = numberOf(place, TAG.rowPosition);
      if (!isInside(column, part.matrix.width) || !isInside(row, part.matrix.height)) {
        throw invalid(
          part,
          `has frame ${i + 1} at column ${column ?? 'unknown'}, row ${row ?? 'unknown'}, outside its ${part.matrix.width} x ${part.matrix.height} pixels`,
        );
      }
      const z = numberOf(place, TAG.zOffset) ?? 0;
      yield { instance: part.uid, frame: i + 1, x: column - 1, y: row - 1, z };
    }
  }
}

function isInside(position: number | undefined, size: number): position is number {
  return position !== undefined && Number.isInteger(position) && position >= 1 && position <= size;
}

function invalid({ uid }: WsmInstance, what: string): UniCellError {
  return new UniCellError(
    'DICOM_INVALID',
    `The instance ${uid} ${what}. Send the slide to the PACS again, or convert it again.`,
  );
}
