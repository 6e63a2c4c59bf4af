/**
 * What the Accept header likes best (RFC 9110, section 12.5.1).
 *
 * @module
 */

import { UniCellError } from '../../errors.ts';
import { mediaTypeOf } from './media-type.ts';

/**
 * Chooses what the header likes best.
 *
 * @param offers Names with their media types, in order of preference; at least one. Of those with the same
 *   type, whatever its parameters, the first is chosen.
 * @throws {UniCellError} `NOT_ACCEPTABLE` when the header wants only what is not offered.
 */
export function negotiate<T extends string>(
  offers: readonly (readonly [T, string])[],
  accept: string | null | undefined,
): T {
  if (!accept?.trim()) return offers[0]![0];
  const ranges = accept.split(',').map(parseRange);
  let best: T | undefined;
  let bestQuality = 0;
  for (const [offer, mediaType] of offers) {
    const quality = qualityOf(mediaTypeOf(mediaType), ranges);
    if (quality > bestQuality) [best, bestQuality] = [offer, quality];
  }
  if (best === undefined) {
    throw new UniCellError(
      'NOT_ACCEPTABLE',
      `Accept is ${JSON.stringify(accept.slice(0, 200))}; offered are ${[...new Set(offers.map(([, type]) => mediaTypeOf(type)))].join(', ')}.`,
    );
  }
  return best;
}

interface MediaRange {
  readonly range: string;
  readonly quality: number;
}

function parseRange(item: string): MediaRange {
  const [range = '', ...parameters] = item.split(';').map((part) => part.trim().toLowerCase());
  const q = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
  const quality = q === undefined ? 1 : Number(q);
  return { range, quality: quality >= 0 && quality <= 1 ? quality : 0 };
}

/** The most specific range that fits decides. */
function qualityOf(mediaType: string, ranges: readonly MediaRange[]): number {
  const group = `${mediaType.split('/')[0]}/*`;
  for (const wanted of [mediaType, group, '*/*']) {
    const found = ranges.find(({ range }) => range === wanted);
    if (found) return found.quality;
  }
  return 0;
}
