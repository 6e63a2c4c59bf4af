/**
 * What may be asked of jobs in a query or a small body.
 *
 * @module
 */

import * as z from 'zod';
import { FHIR_JSON } from '../../formats/fhir/bundle.ts';
import { FORMATS } from '../../formats/registry.ts';
import { type OptionKinds, radiusUm } from '../http/options.ts';
import { JOB_STATUSES } from './job-schemas.ts';

/** Longest wait of a long poll, in seconds: shorter than most proxies' patience. */
const MAX_WAIT_S = 60;

const BOX = 'x0, y0, x1, y1 in pixels of level 0; x1 and y1 are excluded.';

const isBox = ([x0, y0, x1, y1]: readonly number[]) => x0! < x1! && y0! < y1!;
const NOT_A_BOX = 'must be x0, y0, x1, y1 with x0 < x1 and y0 < y1';

export const listQuery = z.strictObject({
  status: z.enum(JOB_STATUSES).optional(),
  cursor: z.string().min(1).max(512).optional().describe('From the page before.'),
  limit: z.int().min(1).max(100).default(20),
});

export const waitQuery = z.strictObject({
  wait: z
    .int()
    .min(0)
    .max(MAX_WAIT_S)
    .default(0)
    .describe('Seconds to wait for the end of the job.'),
});

export const detectionsQuery = z.strictObject({
  dataset: z
    .string()
    .min(1)
    .max(256)
    .optional()
    .describe('One of the job; must be said where it has several.'),
  bbox: z
    .array(z.coerce.number())
    .length(4)
    .refine(isBox, NOT_A_BOX)
    .optional()
    .describe(`By commas: ${BOX}`),
  classes: z.array(z.string().min(1).max(256)).min(1).max(64).optional(),
  minScore: z.number().min(0).max(1).optional(),
  format: z
    .string()
    .min(1)
    .max(64)
    .optional()
    .describe(`Counts before the Accept header: ${FORMATS.map(({ id }) => id).join(', ')}.`),
  radiusUm,
});

/** What a summary may come as, in order of preference. */
export const SUMMARY_TYPES = { json: 'application/json', fhir: FHIR_JSON };

export const summaryQuery = z.strictObject({
  format: z.enum(['json', 'fhir']).optional().describe('Counts before the Accept header.'),
});

export const focusSchema = z.strictObject({
  bbox: z
    .tuple([z.number(), z.number(), z.number(), z.number()])
    .refine(isBox, NOT_A_BOX)
    .meta({ description: BOX, minItems: 4, maxItems: 4 }),
});

/** For `optionsFromTexts`. */
export const QUERY_KINDS: OptionKinds = {
  numbers: ['limit', 'wait', 'minScore', 'radiusUm'],
  lists: ['bbox', 'classes'],
};
