/**
 * The options of a detection as they come by HTTP.
 *
 * @module
 */

import * as z from 'zod';
import {
  checkOptionsBy,
  MAX_ITEMS,
  MAX_TEXT,
  type OptionKinds,
  radiusUm,
} from '../http/options.ts';
import { ANSWER_FORMATS } from './answer-format.ts';

const text = z.string().min(1).max(MAX_TEXT);
const texts = z.union([text, z.array(text).min(1).max(MAX_ITEMS)]);

export const detectOptionsSchema = z.strictObject({
  dataset: texts
    .default('auto')
    .describe('A dataset id, several (a list, or separated by commas), `all`, or `auto`.'),
  organ: text.optional().describe('Organ or tissue of the picture, the hint for `auto`.'),
  mpp: z
    .number()
    .optional()
    .describe('Micrometres per pixel; counts before the file header.')
    .meta({ example: 0.5 }),
  threshold: z.number().optional().describe('Lowest score of a nucleus; the model has its own.'),
  classes: texts.optional().describe('Only nuclei of these classes, by name.'),
  format: z.enum(ANSWER_FORMATS).optional().describe('Counts before the Accept header.'),
  layout: z
    .enum(['objects', 'columns'])
    .default('objects')
    .describe('JSON with an object per nucleus, or an array per column.'),
  radiusUm,
  tier: z.enum(['auto', 'edge', 'gpu']).default('auto').describe('Who is to answer.'),
  name: text.default('image').describe('What the picture is called in the answer.'),
});

export type DetectRequestOptions = z.infer<typeof detectOptionsSchema>;

/** For `optionsFromTexts`. */
export const DETECT_KINDS: OptionKinds = {
  numbers: ['mpp', 'threshold', 'radiusUm'],
  lists: ['dataset', 'classes'],
};

/** {@link checkOptionsBy} the schema of a detection. */
export function checkDetectOptions(options: Record<string, unknown>): DetectRequestOptions {
  return checkOptionsBy(detectOptionsSchema, options);
}

/** The options of a body over those of the query, which have been checked; none is checked twice. */
export function withBodyOptions(
  ofQuery: DetectRequestOptions,
  ofBody: Record<string, unknown>,
): DetectRequestOptions {
  const names = Object.keys(ofBody);
  if (names.length === 0) return ofQuery;
  const checked = Object.entries(checkDetectOptions(ofBody));
  return { ...ofQuery, ...Object.fromEntries(checked.filter(([name]) => names.includes(name))) };
}
