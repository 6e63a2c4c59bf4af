/**
 * Where a slide has tissue, so that glass is not searched for nuclei.
 *
 * @module
 */
import { throwIfCanceled } from '../cancel.ts';
import type { ImageSource, Region, Size } from '../image/source.ts';
import { colourDepth } from './colour-depth.ts';
import { fillOf, isPure } from './fill.ts';
import { dilate, erode, type Mask } from './morphology.ts';
import { otsuThreshold } from './otsu.ts';

/** Micrometres per pixel of the mask: fine enough to see a lone nucleus between fat cells. */
const MASK_MPP = 4;
/** Most slides that do not say their resolution have this one; a mask need not be exact. */
const ASSUMED_MPP = 0.5;
const MAX_SIDE_PX = 4096;
const READ_PX = 512;
const READS_AT_ONCE = 4;

/**
 * Thousandths of optical density between which the threshold lies. Glass of real slides stays below 15,
 * and a thin nucleus that fills a part of a pixel of the mask is above 30.
 */
const LOWEST_THRESHOLD = 22;
const HIGHEST_THRESHOLD = 30;

/** Gaps in tissue up to twice this are tissue. */
const CLOSING_UM = 48;
/** Around tissue, so that no nucleus at its edge is lost. */
const MARGIN_UM = 32;

export interface TissueMask extends Mask {
  /** Of the slide that is tissue, with its margin; 0 to 1. */
  readonly fraction: number;
  /**
   * Whether a rectangle may hold tissue.
   *
   * @param region In pixels of `level`, which is the whole slide at some resolution.
   */
  covers(region: Region, level: Size): boolean;
  /**
   * How much of the slide is tissue that lies in a rectangle, 0 to `fraction`; rectangles that partition the level
   * have the `fraction` together.
   *
   * @param region As of `covers`.
   */
  fractionIn(region: Region, level: Size): number;
}

export interface TissueOptions {
  /** Micrometres per pixel, where they are known better than the file's header says. */
  readonly mpp?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Finds the tissue of a slide from a coarse level: the colour depth of each pixel against a threshold by
 * Otsu's method, kept between what glass never has and what stain always has; so a blank slide has none
 * and an image of nothing but tissue is all tissue. Fill is glass. Gaps are closed and a margin is added.
 *
 * @throws {UniCellError} `CANCELED`, and what reading throws.
 */
export async function tissueMask(
  source: ImageSource,
  options: TissueOptions = {},
): Promise<TissueMask> {
  const { mpp = source.mpp ?? ASSUMED_MPP, signal } = options;
  const scale = Math.min(mpp / MASK_MPP, MAX_SIDE_PX / Math.max(source.width, source.height), 1);
  const level = {
    width: Math.max(1, Math.round(source.width * scale)),
    height: Math.max(1, Math.round(source.height * scale)),
  };
  const { depths, pure } = await readDepths(source, level, signal);
  const fill = fillOf({ ...level, data: pure }, mpp / scale);
  for (const [i, value] of fill.data.entries()) if (value === 1) depths[i] = 0;
  const threshold = thresholdOf(depths);
  for (const [i, depth] of depths.entries()) depths[i] = depth >= threshold ? 1 : 0;
  return withMargin({ ...level, data: depths }, mpp / scale);
}

/** Closing, then the margin: growing by both and shrinking by the first. */
function withMargin(found: Mask, maskMpp: number): TissueMask {
  const closing = Math.ceil(CLOSING_UM / maskMpp);
  const margin = Math.ceil(MARGIN_UM / maskMpp);
  const { width, height, data } = erode(dilate(found, closing + margin), closing);
  return {
    width,
    height,
    data,
    fraction: data.reduce((sum, value) => sum + value, 0) / data.length,
    covers(region, level) {
      const [scaleX, scaleY] = [width / level.width, height / level.height];
      const left = Math.max(0, Math.floor(region.x * scaleX));
      const right = Math.min(width, Math.ceil((region.x + region.width) * scaleX));
      const bottom = Math.min(height, Math.ceil((region.y + region.height) * scaleY));
      for (let y = Math.max(0, Math.floor(region.y * scaleY)); y < bottom; y++) {
        for (let x = left; x < right; x++) if (data[y * width + x] === 1) return true;
      }
      return false;
    },
    fractionIn: (region, level) => coveredIn({ width, height, data }, region, level) / data.length,
  };
}

/** Pixels of a mask that are set in a rectangle; of those that its border cuts, the part inside. */
function coveredIn({ width, height, data }: Mask, region: Region, level: Size): number {
  const columns = overlaps(region.x, region.width, width / level.width, width);
  let covered = 0;
  for (const [y, tall] of overlaps(region.y, region.height, height / level.height, height)) {
    let row = 0;
    for (const [x, wide] of columns) row += wide * data[y * width + x]!;
    covered += tall * row;
  }
  return covered;
}

/** The pixels of an axis that a stretch of it meets, and how much of each. */
function overlaps(start: number, length: number, scale: number, size: number) {
  const from = Math.max(0, start * scale);
  const to = Math.min(size, (start + length) * scale);
  const found: [place: number, share: number][] = [];
  for (let place = Math.floor(from); place < to; place++) {
    found.push([place, Math.min(place + 1, to) - Math.max(place, from)]);
  }
  return found;
}

function thresholdOf(depths: Uint8Array): number {
  const histogram = new Uint32Array(256);
  for (const depth of depths) histogram[depth]! += 1;
  return Math.max(LOWEST_THRESHOLD, Math.min(HIGHEST_THRESHOLD, otsuThreshold(histogram)));
}

async function readDepths(
  source: ImageSource,
  level: Size,
  signal: AbortSignal | undefined,
): Promise<{ readonly depths: Uint8Array; readonly pure: Uint8Array }> {
  const depths = new Uint8Array(level.width * level.height);
  const pure = new Uint8Array(depths.length);
  const regions = regionsOf(level);
  const next = async () => {
    for (const region of regions) {
      throwIfCanceled(signal);
      const raster = await source.read(region, level, signal);
      const part = new Uint8Array(region.width * region.height);
      colourDepth(raster, part);
      const { data } = raster;
      for (let row = 0; row < region.height; row++) {
        const to = (region.y + row) * level.width + region.x;
        for (let i = 0, from = row * region.width * 3; i < region.width; i++, from += 3) {
          if (isPure(data[from]!, data[from + 1]!, data[from + 2]!)) pure[to + i] = 1;
        }
        const line = part.subarray(row * region.width, (row + 1) * region.width);
        depths.set(line, to);
      }
    }
  };
  await Promise.all(Array.from({ length: READS_AT_ONCE }, next));
  return { depths, pure };
}

function* regionsOf({ width, height }: Size): Generator<Region> {
  for (let y = 0; y < height; y += READ_PX) {
    for (let x = 0; x < width; x += READ_PX) {
      yield { x, y, width: Math.min(READ_PX, width - x), height: Math.min(READ_PX, height - y) };
    }
  }
}
