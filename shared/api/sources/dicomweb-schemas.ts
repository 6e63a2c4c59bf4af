/**
 * What lies in a PACS, as callers name it.
 *
 * @module
 */
import * as z from 'zod';
import { UID } from '../../dicomweb/dicomweb-url.ts';

const uid = z.string().regex(UID, 'must be a DICOM UID');

/** A series: where it lies, and with whose credentials it is fetched. */
export const dicomwebSeriesFields = {
  root: z
    .url({ protocol: /^https?$/ })
    .max(2048)
    .describe('Root of the DICOMweb service: what stands before /studies.'),
  study: uid.describe('Study Instance UID.'),
  series: uid.describe('Series Instance UID.'),
  authorization: z
    .enum(['none', 'forward'])
    .default('none')
    .describe(
      '`forward` sends the header X-DICOMweb-Authorization to the PACS as Authorization; else the credentials that the service holds for the root count.',
    ),
};

/** A frame of an instance of VL Whole Slide Microscopy. */
export const dicomwebFrameSchema = z.strictObject({
  ...dicomwebSeriesFields,
  instance: uid.describe('SOP Instance UID.'),
  frame: z
    .int()
    .min(1)
    .max(2 ** 31 - 1)
    .describe('From 1.'),
});
export type DicomwebFrame = z.infer<typeof dicomwebFrameSchema>;
