/**
 * Slide jobs as they go over HTTP: what a client asks for and what it is told.
 *
 * @module
 */
import * as z from 'zod';
import { SOME_CLASSES } from '../../formats/job-summary.ts';
import { FORMATS } from '../../formats/registry.ts';
import { ellipseOf } from '../../tiling/ellipse.ts';
import type { RegionGeometry } from '../../tiling/region-geometry.ts';
import { MAX_ITEMS, MAX_TEXT, radiusUm } from '../http/options.ts';
import { dicomwebSeriesFields } from '../sources/dicomweb-schemas.ts';
import { storeReportSchema } from './store-schemas.ts';

const text = z.string().min(1).max(MAX_TEXT);
const MAX_SERIES = 1_000_000;
const texts = z.union([text, z.array(text).min(1).max(MAX_ITEMS)]);

/**
 * `queued -> planning -> running -> finalizing`, then one of the four last, which end it. `completed` may
 * become `completed_with_errors` when results are lost in the store and the slide is gone.
 */
export const JOB_STATUSES = [
  'queued',
  'planning',
  'running',
  'finalizing',
  'completed',
  'completed_with_errors',
  'failed',
  'canceled',
] as const;
export type JobStatus = (typeof JOB_STATUSES)[number];

/** Of a ring; what is drawn by hand has some thousands at most. */
export const MAX_RING_POSITIONS = 50_000;

// A third coordinate, and members that other programs add, are left out.
const position = z
  .array(z.number())
  .min(2)
  .max(4)
  .transform(([x, y]): [number, number] => [x!, y!]);
const ring = z.array(position).min(4).max(MAX_RING_POSITIONS);
const rings = z.array(ring).min(1).max(1000);
const isEllipse = z
  .boolean()
  .optional()
  .describe('As QuPath has it: the ellipse inside the box around the polygon.');

/** GeoJSON geometry (RFC 7946, section 3.1) in pixels of level 0. */
export const regionSchema = z
  .discriminatedUnion('type', [
    z.object({ type: z.literal('Polygon'), coordinates: rings, isEllipse }),
    z.object({
      type: z.literal('MultiPolygon'),
      coordinates: z.array(rings).min(1).max(1000),
      isEllipse,
    }),
  ])
  .transform(({ isEllipse, ...region }): RegionGeometry => (isEllipse ? ellipseOf(region) : region))
  .meta({ id: 'Region' });

const jobSourceSchema = z
  .discriminatedUnion('type', [
    z.strictObject({ type: z.literal('url'), url: z.url().max(4096) }),
    z.strictObject({
      type: z.literal('path'),
      path: z.string().min(1).max(4096).describe('Below a folder that the service allows.'),
    }),
    z
      .strictObject({ type: z.literal('dicomweb'), ...dicomwebSeriesFields })
      .describe('A VL Whole Slide Microscopy series in a PACS.'),
  ])
  .meta({ id: 'JobSource' });

/** Everything of a job but its pixels. */
export const jobOptionsSchema = z.strictObject({
  dataset: texts.default('auto'),
  organ: text.optional(),
  mpp: z
    .number()
    .optional()
    .describe('Micrometres per pixel of level 0; counts before the header.'),
  series: z
    .int()
    .min(0)
    .max(MAX_SERIES)
    .optional()
    .describe(
      'Which image of a TIFF or OME-Zarr that holds several: an OME image, else a page, from 0.',
    ),
  threshold: z.number().optional(),
  classes: texts.optional(),
  regions: z.array(regionSchema).min(1).max(1000).optional().describe('Only nuclei inside.'),
  tissue: z.enum(['auto', 'none']).default('auto').describe('`auto` skips glass.'),
  exports: z
    .array(text)
    .min(1)
    .max(32)
    .default(['json'])
    .describe(`Formats of the result files: ${FORMATS.map(({ id }) => id).join(', ')}.`),
  radiusUm,
  name: text.optional().describe('What the slide is called in the result.'),
  priority: z.int().min(0).max(9).default(5).describe('9 before 0.'),
  webhook: z
    .strictObject({
      url: z.url().max(4096),
      events: z
        .array(z.enum(['job.completed', 'job.failed', 'job.canceled', 'job.progress']))
        .min(1)
        .default(['job.completed', 'job.failed', 'job.canceled']),
    })
    .optional(),
  store: z
    .strictObject({ dicomweb: dicomwebSeriesFields.root })
    .optional()
    .describe(
      'Store annotations and report in this PACS at the end, for DICOM slides: with what was forwarded for the source where it is the same, else with the credentials of the service.',
    ),
});
export type JobOptions = z.infer<typeof jobOptionsSchema>;

/** Body of `POST /v1/jobs/{id}/resume`: options of the job that change; null takes one away. */
export const resumeSchema = z
  .strictObject({
    dataset: texts,
    organ: text.nullable(),
    mpp: z.number().nullable().describe('null: as the header of the slide says.'),
    threshold: z.number().nullable(),
    classes: texts.nullable(),
    tissue: z.enum(['auto', 'none']),
    exports: z.array(text).min(1).max(32),
  })
  .partial()
  .meta({ id: 'JobResume' });
export type JobChanges = z.infer<typeof resumeSchema>;

/** Body of `POST /v1/jobs` as JSON; with any other content type the body is the slide itself. */
export const jobRequestSchema = jobOptionsSchema
  .extend({ source: jobSourceSchema })
  .meta({ id: 'JobRequest' });
export type JobRequest = z.infer<typeof jobRequestSchema>;

const jobErrorSchema = z
  .object({
    code: z.string(),
    detail: z.string(),
    /** Part of the slide without result, in pixels of level 0. */
    region: z
      .object({ x: z.number(), y: z.number(), width: z.number(), height: z.number() })
      .optional(),
  })
  .meta({ id: 'JobError' });
export type JobError = z.infer<typeof jobErrorSchema>;

export const jobSchema = z
  .object({
    id: z.string(),
    status: z.enum(JOB_STATUSES),
    name: z.string(),
    source: z.object({ type: z.enum(['upload', 'url', 'path', 'dicomweb']), label: z.string() }),
    createdAt: z.iso.datetime(),
    startedAt: z.iso.datetime().nullable(),
    finishedAt: z.iso.datetime().nullable(),
    /** Grows by one when a job is resumed. */
    attempt: z.int(),
    priority: z.int(),
    image: z
      .object({
        width: z.int(),
        height: z.int(),
        mpp: z.number(),
        mppSource: z.string(),
        reader: z.string(),
        bounds: z.object({ x: z.int(), y: z.int(), width: z.int(), height: z.int() }).nullable(),
      })
      .nullable(),
    model: z.object({ id: z.string(), version: z.string(), provider: z.string() }).nullable(),
    /** Names slide, model and options: equal hashes have equal results. */
    planHash: z.string().nullable(),
    progress: z.object({
      chunksTotal: z.int().nullable(),
      chunksDone: z.int(),
      windowsTotal: z.int().nullable(),
      windowsDone: z.int(),
      nuclei: z
        .int()
        .describe(
          'So far, under the first dataset; `results` has those of each. Readings of one slide under two datasets are never added up.',
        ),
      etaSeconds: z.number().nullable(),
    }),
    /** Per dataset of the job, once it is complete. */
    results: z.array(
      z.object({
        dataset: z.string(),
        areaMm2: z
          .number()
          .describe(
            'What densities are over: as of the summary, less the parts without a result when this was counted.',
          ),
        hasAllClasses: z.boolean().describe(SOME_CLASSES),
        total: z.int(),
        classes: z.array(z.object({ name: z.string(), count: z.int() })),
      }),
    ),
    exports: z.array(
      z.object({
        name: z.string(),
        format: z.string(),
        dataset: z.string(),
        mediaType: z.string(),
        bytes: z.int(),
        sha256: z.string(),
      }),
    ),
    /** What became of its objects in the PACS of the option `store`. */
    stored: storeReportSchema.optional(),
    warnings: z
      .array(z.object({ code: z.string(), detail: z.string() }))
      .describe(
        'Of a finished job also what became of results that the store has damaged since: `RESULT_DAMAGED` while they are made again, then `RESULT_REPAIRED`, or `RESULT_INCOMPLETE` with the number of windows that are missing.',
      ),
    errors: z.array(jobErrorSchema),
  })
  .meta({ id: 'Job' });
/** A job as clients see it. */
export type Job = z.infer<typeof jobSchema>;

export const jobListSchema = z
  .object({
    jobs: z.array(jobSchema),
    /** For the next page, when there is one. */
    cursor: z.string().nullable(),
  })
  .meta({ id: 'JobList' });

/** One server-sent event of a job; ids grow by one. */
export interface JobEvent {
  readonly id: number;
  readonly type: 'status' | 'progress' | 'chunk' | 'warning';
  readonly data: unknown;
}

export const estimateSchema = z
  .object({
    image: z.object({
      width: z.int(),
      height: z.int(),
      mpp: z.number(),
      mppSource: z.string(),
      reader: z.string(),
    }),
    tissueFraction: z.number(),
    /** What densities are over: the regions, else the tissue, else the whole slide. */
    areaMm2: z.number(),
    imageAreaMm2: z.number(),
    chunks: z.int(),
    windows: z.int(),
    /** With the speed measured on this node since it started; null before it has run anything. */
    seconds: z.number().nullable(),
    warnings: z.array(z.object({ code: z.string(), detail: z.string() })),
  })
  .meta({ id: 'Estimate' });
export type Estimate = z.infer<typeof estimateSchema>;
