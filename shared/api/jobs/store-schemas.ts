/**
 * What is asked and told when a job's result goes to a PACS.
 *
 * @module
 */
import * as z from 'zod';
import { dicomwebSeriesFields } from '../sources/dicomweb-schemas.ts';

const { root, authorization } = dicomwebSeriesFields;

export const storeRequestSchema = z
  .strictObject({ root, authorization })
  .meta({ id: 'StoreRequest' });
export type StoreRequest = z.infer<typeof storeRequestSchema>;

export const storeReportSchema = z
  .object({
    root: z.string(),
    study: z.string(),
    /** Whether the PACS has all of them now. */
    complete: z.boolean(),
    instances: z.array(
      z.object({
        dataset: z.string(),
        format: z.string(),
        series: z.string(),
        instance: z.string(),
        outcome: z
          .enum(['stored', 'present', 'failed'])
          .describe('`present`: the PACS had it, from an earlier run of the same.'),
        detail: z
          .string()
          .nullable()
          .describe('Why it failed, or what the PACS warned of when it stored it.'),
      }),
    ),
  })
  .meta({ id: 'StoreReport' });
export type StoreReport = z.infer<typeof storeReportSchema>;
