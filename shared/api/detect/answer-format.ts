/**
 * Which format answers a detection, by the option `format` or the Accept header.
 *
 * @module
 */

import { FORMATS, findFormat } from '../../formats/registry.ts';
import { negotiate } from '../http/negotiate.ts';

/** Formats of an answer: those of result files, but for DICOM's, and lines of JSON. */
export const ANSWER_FORMATS: readonly string[] = [
  ...FORMATS.filter(({ needsDicom }) => !needsDicom).map(({ id }) => id),
  'ndjson',
];

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
