/**
 * Which format answers, by the option `format` or the Accept header (RFC 9110, section 12.5.1).
 *
 * @module
 */

import { UniCellError } from '../errors.ts';
import { findFormat } from '../formats/registry.ts';
import { ANSWER_FORMATS } from './options.ts';

/** What is given first where the header likes several as well. */
const PREFERRED = ['json', 'qupath', 'ndjson', 'csv'];

/** The media type of an answer in this format. */
export function answerType(format: string): string {
  return format === 'ndjson' ? 'application/x-ndjson' : findFormat(format).mediaType;
}

/** Formats of an answer with their media types, in order of preference. */
export function answerOffers(): (readonly [format: string, mediaType: string])[] {
  return [...new Set([...PREFERRED, ...ANSWER_FORMATS])].map((id) => [id, answerType(id)]);
}

/**
 * @param format The option, which counts first.
 * @param accept The header, if there is one.
 * @throws {UniCellError} `NOT_ACCEPTABLE` when the header wants only what is not offered.
 */
export function negotiateFormat(
  format: string | undefined,
  accept: string | null | undefined,
): string {
  return format ?? negotiate(answerOffers(), accept);
}

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
    const quality = qualityOf(essenceOf(mediaType), ranges);
    if (quality > bestQuality) [best, bestQuality] = [offer, quality];
  }
  if (best === undefined) {
    throw new UniCellError(
      'NOT_ACCEPTABLE',
      `Accept is ${JSON.stringify(accept.slice(0, 200))}; offered are ${[...new Set(offers.map(([, type]) => essenceOf(type)))].join(', ')}.`,
    );
  }
  return best;
}

/** A media type without its parameters. */
export function essenceOf(mediaType: string): string {
  return mediaType.split(';')[0]!.trim();
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
