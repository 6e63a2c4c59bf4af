/**
 * What the viewer asks for and is told as JSON.
 *
 * @module
 */
import * as z from 'zod';
import { SOME_CLASSES } from '../../formats/job-summary.ts';
import { focusSchema } from '../jobs/job-queries.ts';
import { regionSchema } from '../jobs/job-schemas.ts';

const classes = z.array(
  z.object({
    name: z.string(),
    label: z.string(),
    colour: z.string(),
    isAskedFor: z.boolean().describe('False where the job was asked for other classes only.'),
  }),
);

export const pointsLayoutSchema = z
  .object({
    image: z.object({ width: z.int(), height: z.int(), mpp: z.number() }),
    grid: z.object({
      cellPx: z.int().describe('Side of a cell of the finest level, in pixels of level 0.'),
      tileCells: z.int().describe('Cells along the side of a tile.'),
      levels: z.int(),
      sampleLimit: z.int().describe('Most nuclei of a tile above the finest level.'),
      scoreSteps: z.int(),
    }),
    datasets: z.array(
      z.object({
        id: z.string(),
        name: z.string(),
        threshold: z.number().describe('The lowest score of a nucleus.'),
        classes,
      }),
    ),
  })
  .meta({ id: 'PointsLayout' });
export type PointsLayout = z.infer<typeof pointsLayoutSchema>;

export const countsRequestSchema = z
  .strictObject({
    dataset: z.string().min(1).max(256).optional(),
    region: regionSchema.optional().describe('In pixels of level 0; or bbox, or neither for all.'),
    bbox: focusSchema.shape.bbox.optional(),
    minScore: z.number().min(0).max(1).default(0),
  })
  .meta({ id: 'CountsRequest' });
export type CountsRequest = z.infer<typeof countsRequestSchema>;

export const countsSchema = z
  .object({
    dataset: z.string(),
    hasAllClasses: z.boolean().describe(SOME_CLASSES),
    total: z.int(),
    classes: z.array(z.object({ name: z.string(), count: z.int() })),
    isPartial: z.boolean().describe('Whether parts of the region have no result (yet).'),
  })
  .meta({ id: 'Counts' });
export type Counts = z.infer<typeof countsSchema>;
