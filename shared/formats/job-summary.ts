/**
 * What a job found, in numbers.
 *
 * @module
 */
import * as z from 'zod';

/** Of `hasAllClasses`. */
export const SOME_CLASSES =
  'False where some classes were asked for: classes has these alone, total is of them, and nothing is known of the others.';

const counted = {
  count: z.int(),
  perMm2: z
    .number()
    .nullable()
    .describe('Nuclei per square millimetre of areaMm2; null where nothing was examined.'),
};

const codeSchema = z.object({
  value: z.string(),
  scheme: z.string().describe('SCT is SNOMED CT, DCM is DICOM, 99UNICELL is ours.'),
  meaning: z.string(),
});

export const jobSummarySchema = z
  .object({
    researchUseOnly: z.literal(true),
    job: z.object({ id: z.string(), name: z.string(), finishedAt: z.iso.datetime() }),
    /** Names slide, model, options and what is missing: equal identities have equal numbers. */
    identity: z.string(),
    /** False where parts of the slide have no result. */
    isComplete: z.boolean(),
    model: z.object({ id: z.string(), version: z.string() }),
    image: z.object({ width: z.int(), height: z.int(), mpp: z.number() }),
    areaMm2: z
      .number()
      .describe(
        'What densities are over: the regions that were asked for, else the tissue, else the whole slide; without the parts that have no result.',
      ),
    imageAreaMm2: z.number().describe('Of the whole slide, glass included.'),
    /** Where the slide is DICOM. */
    dicom: z
      .object({
        studyInstanceUid: z.string(),
        seriesInstanceUid: z.string(),
        patientId: z.string().nullable(),
        accessionNumber: z.string().nullable(),
        containerIdentifier: z.string().nullable(),
      })
      .nullable(),
    results: z.array(
      z.object({
        dataset: z.string(),
        name: z.string(),
        hasAllClasses: z.boolean().describe(SOME_CLASSES),
        total: z.object(counted),
        classes: z.array(
          z.object({
            index: z
              .int()
              .describe('Its place among the classes of the dataset, as in tiles of the viewer.'),
            name: z.string(),
            label: z.string(),
            colour: z.string(),
            cellType: codeSchema,
            ...counted,
            fraction: z
              .number()
              .nullable()
              .describe(
                'Of all nuclei of the dataset; null where there are none, or only some classes were asked for.',
              ),
          }),
        ),
      }),
    ),
  })
  .meta({ id: 'JobSummary' });
export type JobSummary = z.infer<typeof jobSummarySchema>;
