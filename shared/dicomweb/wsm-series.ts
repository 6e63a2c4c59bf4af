/**
 * From the VL Whole Slide Microscopy instances of a series to the pyramid of one slide.
 *
 * @module
 */
import { type DicomJson, itemsOf, textOf } from '../dicom/dicom-json.ts';
import { UniCellError } from '../errors.ts';
import type { Size } from '../image/source.ts';
import { sha256Hex } from '../sha256.ts';
import { type SeriesMpp, seriesMpp } from './series-mpp.ts';
import { TAG } from './tags.ts';
import { layOutFrames, sparseFocalPlanes, type TileFrames } from './tile-frames.ts';
import type { FramePixels, WsmInstance } from './wsm-instance.ts';

export interface WsmLevel extends Size {
  readonly pixels: FramePixels;
  readonly frames: TileFrames;
  /** The instance, or the parts of a concatenation in order; without their metadata, which may be large. */
  readonly instances: readonly Pick<WsmInstance, 'uid' | 'matrix' | 'frames'>[];
}

export interface WsmSeries extends SeriesMpp {
  /** From fine to coarse; at least one. */
  readonly levels: readonly WsmLevel[];
  /** Metadata of the first instance of the finest level. */
  readonly finest: DicomJson;
}

/** A frame is decoded whole: 3 bytes of memory for each pixel. */
const MAX_FRAME_PIXELS = 4096 * 4096;
/** Levels of a pyramid differ from the exact ratio by rounding alone; one padded to tiles would be askew. */
const ROUNDING_PX = 2;

/**
 * Finds the pyramid among the VOLUME instances of a series, and what a user should know about it.
 *
 * @param instances At least one.
 * @throws {UniCellError} `DICOM_INVALID`, `IMAGE_UNSUPPORTED`.
 */
export function readWsmSeries(instances: readonly WsmInstance[]): WsmSeries {
  const warnings: SeriesMpp['warnings'][number][] = [];
  const warn = (code: string, detail: string) => warnings.push({ code, detail });
  const levels = levelsOf(onePyramid(instances, warn), warn);
  const [finest] = levels;
  if (!finest) throw new TypeError('A series has at least one instance.');
  const focal = new Set<number>();
  const read = levels.map((parts): WsmLevel => {
    const first = parts[0]!;
    requireOnePath(first);
    const planes = first.isSparse ? sparseFocalPlanes(parts).length : first.focalPlanes;
    if (planes > 1) focal.add(planes);
    const frames = layOutFrames(parts, Math.floor(planes / 2));
    const instances = parts.map(({ uid, matrix, frames: count }) => ({
      uid,
      matrix,
      frames: count,
    }));
    return { ...first.matrix, pixels: first.pixels, frames, instances };
  });
  if (focal.size > 0) {
    warn(
      'FOCAL_PLANES',
      `The slide has ${[...focal].join(' or ')} focal planes; the middle one is read.`,
    );
  }
  const { mpp, warnings: ofMpp } = seriesMpp(finest[0]!);
  return { levels: read, finest: finest[0]!.data, mpp, warnings: [...warnings, ...ofMpp] };
}

/**
 * SHA-256 that names the content of a slide: over the SOP Instance UID, size and number of frames of each
 * instance that is read, from fine to coarse. An instance never changes under its UID (PS3.5, section 9), so
 * equal UIDs are equal pixels, in whatever PACS.
 */
export function fingerprintOfSeries({ levels }: Pick<WsmSeries, 'levels'>): Promise<string> {
  const lines = levels.flatMap(({ instances }) =>
    instances.map(({ uid, matrix, frames }) => `${uid} ${matrix.width}x${matrix.height} ${frames}`),
  );
  return sha256Hex(new TextEncoder().encode(['unicell-dicomweb-1', ...lines, ''].join('\n')));
}

type Warn = (code: string, detail: string) => void;

/** The pyramid of the largest level, where a series has several (regions of one glass). */
function onePyramid(instances: readonly WsmInstance[], warn: Warn): readonly WsmInstance[] {
  const largest = instances.reduce((a, b) => (area(b) > area(a) ? b : a));
  const same = instances.filter(({ pyramidUid }) => pyramidUid === largest.pyramidUid);
  if (same.length < instances.length) {
    const pyramids = new Set(instances.map(({ pyramidUid }) => pyramidUid)).size;
    warn(
      'SEVERAL_PYRAMIDS',
      `The series has ${pyramids} pyramids, which are different areas of the glass; the largest one is read (${largest.matrix.width} x ${largest.matrix.height} pixels).`,
    );
  }
  const { tile } = largest.pixels;
  if (tile.width * tile.height > MAX_FRAME_PIXELS) {
    throw new UniCellError(
      'IMAGE_UNSUPPORTED',
      `The instance ${largest.uid} has frames of ${tile.width} x ${tile.height} pixels; at most ${MAX_FRAME_PIXELS} pixels are decoded at once. Convert the slide to smaller tiles, for instance with wsidicomizer.`,
    );
  }
  const fits = same.filter(
    ({ matrix, pixels }) =>
      isLevelOf(largest.matrix, matrix) &&
      pixels.tile.width * pixels.tile.height <= MAX_FRAME_PIXELS,
  );
  if (fits.length < same.length) {
    warn(
      'LEVEL_LEFT_OUT',
      `${same.length - fits.length} of ${same.length} instances have another shape than the largest one (${largest.matrix.width} x ${largest.matrix.height} pixels), or frames too large to decode, and are left out.`,
    );
  }
  return fits;
}

/** Instances of one size each, from fine to coarse; of those that repeat a level one is taken. */
function levelsOf(instances: readonly WsmInstance[], warn: Warn): (readonly WsmInstance[])[] {
  const bySize = new Map<string, WsmInstance[]>();
  for (const instance of instances) {
    const { width, height } = instance.matrix;
    const key = `${width}x${height}`;
    bySize.set(key, [...(bySize.get(key) ?? []), instance]);
  }
  const levels = [...bySize.values()].map((same) => {
    const [chosen, others] = onePerLevel(same);
    if (others > 0) {
      const { width, height } = same[0]!.matrix;
      warn(
        'LEVEL_REPEATED',
        `${others + 1} instances hold the level of ${width} x ${height} pixels, for instance as focal planes; ${chosen[0]!.uid} is read.`,
      );
    }
    return chosen;
  });
  return levels.sort(([a], [b]) => area(b!) - area(a!));
}

function onePerLevel(same: readonly WsmInstance[]): [chosen: WsmInstance[], others: number] {
  const groups = new Map<string, WsmInstance[]>();
  for (const instance of same) {
    const key = instance.concatenation?.uid ?? instance.uid;
    groups.set(key, [...(groups.get(key) ?? []), instance]);
  }
  const ordered = [...groups.values()].sort(([a], [b]) => {
    // What is in focus everywhere comes first; then a stable order, whatever the PACS lists first.
    const focus = Number(b!.isExtendedFocus) - Number(a!.isExtendedFocus);
    return focus || (a!.uid < b!.uid ? -1 : 1);
  });
  const chosen = ordered[0]!.sort(
    (a, b) => (a.concatenation?.frameOffset ?? 0) - (b.concatenation?.frameOffset ?? 0),
  );
  return [chosen, ordered.length - 1];
}

/** Several optical paths are fluorescence or several stains; the model knows H&E. */
function requireOnePath({ uid, opticalPaths, data }: WsmInstance): void {
  if (opticalPaths === 1) return;
  const names = itemsOf(data, TAG.opticalPathSequence).map(
    (path) => textOf(path, TAG.opticalPathIdentifier) ?? '?',
  );
  throw new UniCellError(
    'IMAGE_UNSUPPORTED',
    `The instance ${uid} has ${opticalPaths} optical paths (${names.join(', ')}), as fluorescence has; only slides with one, in bright field, are read.`,
  );
}

function area({ matrix }: WsmInstance): number {
  return matrix.width * matrix.height;
}

/** Rounding is seen on the shorter side, measured against the longer one. */
function isLevelOf(finest: Size, { width, height }: Size): boolean {
  return (
    Math.abs((finest.width * height) / finest.height - width) <= ROUNDING_PX ||
    Math.abs((finest.height * width) / finest.width - height) <= ROUNDING_PX
  );
}
