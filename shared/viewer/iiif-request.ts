/**
 * What a URL of the IIIF Image API 3.0 asks for: region, size, rotation, quality and format
 * (https://iiif.io/api/image/3.0/, section 4), at compliance level 2, with mirroring.
 *
 * @module
 */
import { UniCellError } from '../errors.ts';
import type { Region, Size } from '../image/source.ts';
import type { LevelRegion } from './deep-zoom.ts';

/** Pixels of one answer, along each side. */
export const MAX_PICTURE_PX = 4096;

const QUALITIES = ['default', 'color', 'gray'] as const;
const FORMATS = ['jpg', 'png', 'webp'] as const;
export type ImageFormat = (typeof FORMATS)[number];

/** An image of a part of a slide. */
export interface ImageRequest extends LevelRegion {
  readonly rotation: 0 | 90 | 180 | 270;
  /** About the vertical axis, before it is turned. */
  readonly isMirrored: boolean;
  readonly isGrey: boolean;
  readonly format: ImageFormat;
}

/** The five segments, decoded. */
export interface IiifSegments {
  readonly region: string;
  readonly size: string;
  readonly rotation: string;
  /** `default.jpg`. */
  readonly file: string;
}

/**
 * Reads the segments of a URL for a slide.
 *
 * @throws {UniCellError} `INVALID_OPTIONS` naming the segment.
 */
export function parseIiif(
  slide: Size,
  { region, size, rotation, file }: IiifSegments,
): ImageRequest {
  const [quality, format, ...rest] = file.split('.');
  if (!FORMATS.some((one) => one === format) || rest.length > 0) {
    throw bad('format', file, `must be one of ${FORMATS.join(', ')}`);
  }
  if (!QUALITIES.some((one) => one === quality)) {
    throw bad('quality', file, `must be one of ${QUALITIES.join(', ')}`);
  }
  const turn = /^(!?)(0|90|180|270)$/.exec(rotation);
  if (!turn) throw bad('rotation', rotation, 'must be 0, 90, 180 or 270, after a ! for mirrored');
  const asked = parseRegion(slide, region);
  return {
    ...levelOf(slide, asked, parseSize(asked, size)),
    rotation: Number(turn[2]) as ImageRequest['rotation'],
    isMirrored: turn[1] === '!',
    isGrey: quality === 'gray',
    format: format as ImageFormat,
  };
}

/** Section 4.1. Parts beyond the slide are cut off. */
export function parseRegion({ width, height }: Size, text: string): Region {
  if (text === 'full') return { x: 0, y: 0, width, height };
  if (text === 'square') {
    const side = Math.min(width, height);
    return {
      x: Math.floor((width - side) / 2),
      y: Math.floor((height - side) / 2),
      width: side,
      height: side,
    };
  }
  const [, percent, list] = /^(pct:)?([\d.,]+)$/.exec(text) ?? [];
  const numbers = numbersOf(list, percent ? /^\d{1,3}(\.\d{1,9})?$/ : /^\d{1,9}$/);
  if (numbers.length !== 4) {
    throw bad('region', text, 'must be full, square, x,y,w,h or pct:x,y,w,h');
  }
  const [x, y, w, h] = percent
    ? numbers.map((value, i) => Math.round((value / 100) * (i % 2 === 0 ? width : height)))
    : numbers;
  const region = {
    x: x!,
    y: y!,
    width: Math.min(width, x! + w!) - x!,
    height: Math.min(height, y! + h!) - y!,
  };
  if (region.width > 0 && region.height > 0) return region;
  throw bad('region', text, `must share pixels with the slide of ${width} x ${height}`);
}

/** Section 4.2. `max` is as large as answers get. */
export function parseSize(region: Size, text: string): Size {
  const { width, height } = region;
  const limit = Math.min(1, MAX_PICTURE_PX / Math.max(width, height));
  if (text === 'max') return scaled(region, limit);
  if (text === '^max') return scaled(region, MAX_PICTURE_PX / Math.max(width, height));
  const mayGrow = text.startsWith('^');
  const size = requestedSize(region, mayGrow ? text.slice(1) : text, mayGrow);
  if (size === undefined) {
    throw bad('size', text, 'must be max, w,  ,h  pct:n  w,h or !w,h, after a ^ to enlarge');
  }
  if (!mayGrow && (size.width > width || size.height > height)) {
    throw bad('size', text, `enlarges the region of ${width} x ${height}; write ^${text} to do so`);
  }
  if (size.width < 1 || size.height < 1 || Math.max(size.width, size.height) > MAX_PICTURE_PX) {
    throw bad(
      'size',
      text,
      `makes ${size.width} x ${size.height} pixels; sides are 1 to ${MAX_PICTURE_PX}`,
    );
  }
  return size;
}

function requestedSize(region: Size, text: string, mayGrow: boolean): Size | undefined {
  const { width, height } = region;
  const percent = /^pct:(\d{1,7}(?:\.\d{1,9})?)$/.exec(text)?.[1];
  if (percent !== undefined) {
    const factor = Number(percent) / 100;
    return { width: Math.round(width * factor), height: Math.round(height * factor) };
  }
  const [, confined, w, h] = /^(!?)(\d{0,9}),(\d{0,9})$/.exec(text) ?? [];
  if (w === undefined || h === undefined || (w === '' && h === '')) return undefined;
  const sides = { width: Number(w), height: Number(h) };
  if (confined === '!') {
    if (w === '' || h === '') return undefined;
    const limits = [sides.width / width, sides.height / height, MAX_PICTURE_PX / width];
    limits.push(MAX_PICTURE_PX / height, mayGrow ? Number.POSITIVE_INFINITY : 1);
    return scaled(region, Math.min(...limits));
  }
  if (h === '') return scaled(region, sides.width / width, { width: sides.width });
  if (w === '') return scaled(region, sides.height / height, { height: sides.height });
  return sides;
}

function scaled({ width, height }: Size, factor: number, fixed: Partial<Size> = {}): Size {
  const side = (length: number) => (factor > 0 ? Math.max(1, Math.round(length * factor)) : 0);
  return { width: side(width), height: side(height), ...fixed };
}

/** The slide at the size at which the region has its own, to the nearest pixel. */
function levelOf(slide: Size, region: Region, size: Size): LevelRegion {
  const factorX = size.width / region.width;
  const factorY = size.height / region.height;
  const level = {
    width: Math.max(size.width, Math.round(slide.width * factorX)),
    height: Math.max(size.height, Math.round(slide.height * factorY)),
  };
  const x = Math.min(Math.round(region.x * factorX), level.width - size.width);
  const y = Math.min(Math.round(region.y * factorY), level.height - size.height);
  return { level, region: { x, y, ...size } };
}

function numbersOf(list: string | undefined, one: RegExp): number[] {
  const parts = list?.split(',') ?? [];
  return parts.every((part) => one.test(part)) ? parts.map(Number) : [];
}

function bad(segment: string, text: string, what: string): UniCellError {
  return new UniCellError(
    'INVALID_OPTIONS',
    `The ${segment} of the IIIF URL is ${JSON.stringify(text.slice(0, 80))}: it ${what}.`,
  );
}
