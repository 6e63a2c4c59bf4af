/**
 * The declarations of the job routes. The tier that runs jobs mounts them, the edge passes them on.
 *
 * @module
 */

import { createRoute } from '@hono/zod-openapi';
import * as z from 'zod';
import type { ErrorCode } from '../../errors.ts';
import { jobSummarySchema } from '../../formats/job-summary.ts';
import { FORMATS } from '../../formats/registry.ts';
import {
  answer,
  body,
  bytes,
  files,
  GUARDED,
  headers,
  json,
  KEYED,
  optionalBody,
  path,
  problems,
} from '../http/contract.ts';
import { EXAMPLES, YOURS } from './job-examples.ts';
import { SLIDE_FIELD } from './job-form.ts';
import {
  detectionsQuery,
  focusSchema,
  listQuery,
  SUMMARY_TYPES,
  summaryQuery,
  waitQuery,
} from './job-queries.ts';
import {
  estimateSchema,
  jobListSchema,
  jobOptionsSchema,
  jobRequestSchema,
  jobSchema,
  resumeSchema,
} from './job-schemas.ts';
import { storeReportSchema, storeRequestSchema } from './store-schemas.ts';

const OF_A_JOB: readonly ErrorCode[] = [...GUARDED, 'NOT_FOUND', 'GPU_UNAVAILABLE'];
const OF_A_BODY: readonly ErrorCode[] = [
  'INVALID_OPTIONS',
  'BODY_INVALID',
  'BODY_TIMEOUT',
  'BODY_TOO_LARGE',
  'MEDIA_TYPE_UNSUPPORTED',
];
const OF_A_REQUEST: readonly ErrorCode[] = [
  ...GUARDED,
  ...OF_A_BODY,
  'DATASET_NOT_IN_MODEL',
  'DATASET_UNKNOWN',
  'FORMAT_UNKNOWN',
  'MPP_INVALID',
  'SOURCE_FORBIDDEN',
  'SOURCE_NOT_FOUND',
  'SOURCE_UNREACHABLE',
  'SOURCE_UNAUTHORIZED',
  'DICOMWEB_INVALID',
  'DICOM_INVALID',
  'DICOM_WITHOUT_VOLUME',
  'GPU_UNAVAILABLE',
];

const ofJobs = { tags: ['jobs'], security: KEYED };
const ID = 'Of the job.';
const params = path({ id: ID });
const forwarded = {
  'X-DICOMweb-Authorization':
    'Authorization for the PACS, where the source says "authorization": "forward". Kept in memory until the job has ended.',
};

/** What stands in the query beside a slide that is the body, or in a form before it. */
const uploadQuery = jobOptionsSchema.omit({ store: true }).extend({
  regions: z
    .string()
    .optional()
    .describe('GeoJSON in JSON: a list of polygons in pixels of level 0. Only nuclei inside.'),
  webhook: z
    .string()
    .optional()
    .describe(
      'URL that is called when the job has ended; or, in JSON, an object with url and events.',
    ),
});

/** The same with the slide. */
const uploadFormSchema = uploadQuery
  .extend({
    [SLIDE_FIELD]: z
      .custom<File>()
      .meta({ ...bytes, description: 'The file of the slide, behind all options.' }),
  })
  .meta({ id: 'JobForm' });

export const postJob = createRoute({
  ...ofJobs,
  method: 'post',
  path: '/v1/jobs',
  operationId: 'createJob',
  summary: 'Find the nuclei of a slide, as a job.',
  description:
    'JSON names a source. In a form the options are fields, and the slide comes behind them as the file `slide`; they may be as long as JSON, which an address may not. ' +
    'With any other content type the body is the slide itself, and the options stand in the query. A slide is streamed either way.',
  request: {
    query: uploadQuery,
    headers: headers({
      'Idempotency-Key': 'Sent again with the same request, it gives the job that there is.',
      ...forwarded,
    }),
    body: body({
      ...json(jobRequestSchema, EXAMPLES, YOURS),
      'multipart/form-data': { schema: uploadFormSchema },
      ...files(['application/octet-stream', 'image/tiff']),
    }),
  },
  responses: {
    202: answer('The job, queued.', json(jobSchema), ['Location', 'Retry-After', 'X-Request-Id']),
    ...problems([...OF_A_REQUEST, 'BODY_EMPTY', 'IDEMPOTENCY_CONFLICT', 'TOO_MANY_JOBS']),
  },
});

export const getJobs = createRoute({
  ...ofJobs,
  method: 'get',
  path: '/v1/jobs',
  operationId: 'listJobs',
  summary: 'The jobs of the key, newest first.',
  request: { query: listQuery },
  responses: {
    200: answer('A page of them.', json(jobListSchema)),
    ...problems([...GUARDED, 'GPU_UNAVAILABLE']),
  },
});

export const postEstimate = createRoute({
  ...ofJobs,
  method: 'post',
  path: '/v1/estimate',
  operationId: 'estimateJob',
  summary: 'What a job would take: chunks, seconds, resolution. Nothing is run.',
  request: { headers: headers(forwarded), body: body(json(jobRequestSchema, EXAMPLES, YOURS)) },
  responses: { 200: answer('The estimate.', json(estimateSchema)), ...problems(OF_A_REQUEST) },
});

export const getJob = createRoute({
  ...ofJobs,
  method: 'get',
  path: '/v1/jobs/{id}',
  operationId: 'getJob',
  summary: 'Its status.',
  request: {
    params,
    query: waitQuery,
    headers: headers({ 'If-None-Match': 'The ETag of the last answer.' }),
  },
  responses: {
    200: answer('The job.', json(jobSchema), ['ETag', 'Retry-After']),
    304: answer('The job is as the ETag of If-None-Match says.'),
    ...problems(OF_A_JOB),
  },
});

export const deleteJob = createRoute({
  ...ofJobs,
  method: 'delete',
  path: '/v1/jobs/{id}',
  operationId: 'deleteJob',
  summary: 'Erase its pixels, its results and what is known of it.',
  request: { params },
  responses: { 204: answer('It is gone.'), ...problems(OF_A_JOB) },
});

export const postCancel = createRoute({
  ...ofJobs,
  method: 'post',
  path: '/v1/jobs/{id}/cancel',
  operationId: 'cancelJob',
  summary: 'Stop it; what was found stays.',
  request: { params },
  responses: {
    200: answer('The job.', json(jobSchema)),
    ...problems([...OF_A_JOB, 'JOB_STATE_CONFLICT']),
  },
});

export const postResume = createRoute({
  ...ofJobs,
  method: 'post',
  path: '/v1/jobs/{id}/resume',
  operationId: 'resumeJob',
  summary: 'Go on with a job that failed or was cancelled, or run it again with other options.',
  description:
    'Without a body it goes on where it stopped. With one, a job that failed or was cancelled begins anew with the options that the body changes, on the slide that it has.',
  request: {
    params,
    headers: headers(forwarded),
    body: optionalBody(json(resumeSchema, { mpp: { mpp: 0.25 }, dataset: { dataset: 'ocelot' } })),
  },
  responses: {
    202: answer('The job, queued.', json(jobSchema), ['Location', 'Retry-After']),
    ...problems([
      ...OF_A_JOB,
      ...OF_A_BODY,
      'DATASET_NOT_IN_MODEL',
      'DATASET_UNKNOWN',
      'FORMAT_UNKNOWN',
      'MPP_INVALID',
      'JOB_STATE_CONFLICT',
      'TOO_MANY_JOBS',
    ]),
  },
});

export const patchFocus = createRoute({
  ...ofJobs,
  method: 'patch',
  path: '/v1/jobs/{id}/focus',
  operationId: 'focusJob',
  summary: 'Do the chunks under a box first: what a viewer shows.',
  request: {
    params,
    body: body(json(focusSchema.meta({ id: 'JobFocus' }), { box: { bbox: [0, 0, 2048, 2048] } })),
  },
  responses: {
    200: answer('The job.', json(jobSchema)),
    ...problems([...OF_A_JOB, ...OF_A_BODY, 'JOB_STATE_CONFLICT']),
  },
});

export const getEvents = createRoute({
  ...ofJobs,
  method: 'get',
  path: '/v1/jobs/{id}/events',
  operationId: 'getJobEvents',
  summary: 'What happens to it, as server-sent events, until it has ended.',
  request: { params, headers: headers({ 'Last-Event-ID': 'Tells only what came after.' }) },
  responses: {
    200: answer('status, progress, chunk and warning.', {
      'text/event-stream': { schema: { type: 'string' } },
    }),
    204: answer('It has ended, and nothing came after.'),
    ...problems(OF_A_JOB),
  },
});

export const getDetections = createRoute({
  ...ofJobs,
  method: 'get',
  path: '/v1/jobs/{id}/detections',
  operationId: 'getJobDetections',
  summary: 'Its nuclei so far, in any format.',
  request: { params, query: detectionsQuery },
  responses: {
    200: answer(
      'The nuclei; X-Partial: true while the job runs.',
      files(FORMATS.map(({ mediaType }) => mediaType)),
      ['X-Partial'],
    ),
    ...problems([...OF_A_JOB, 'FORMAT_UNKNOWN', 'NOT_ACCEPTABLE']),
  },
});

export const getSummary = createRoute({
  ...ofJobs,
  method: 'get',
  path: '/v1/jobs/{id}/summary',
  operationId: 'getJobSummary',
  summary: 'Counts and densities of a job that has completed, as JSON or as a FHIR R4 bundle.',
  request: { params, query: summaryQuery },
  responses: {
    200: answer('The numbers.', {
      [SUMMARY_TYPES.json]: { schema: jobSummarySchema },
      [SUMMARY_TYPES.fhir]: { schema: z.looseObject({ resourceType: z.literal('Bundle') }) },
    }),
    ...problems([
      ...OF_A_JOB,
      'INVALID_OPTIONS',
      'JOB_STATE_CONFLICT',
      'NOT_ACCEPTABLE',
      'NOT_READY',
    ]),
  },
});

export const getExport = createRoute({
  ...ofJobs,
  method: 'get',
  path: '/v1/jobs/{id}/exports/{name}',
  operationId: 'getJobFile',
  summary: 'A result file.',
  request: {
    params: path({ id: ID, name: 'Of the file, as `exports` of the job has it.' }),
    headers: headers({
      Range: 'One range of bytes.',
      'If-None-Match': 'The ETag of the file that is there.',
    }),
  },
  responses: {
    200: answer('The file.', files(['application/octet-stream']), [
      'ETag',
      'Accept-Ranges',
      'Content-Disposition',
      'Repr-Digest',
    ]),
    206: answer('The range of it.', files(['application/octet-stream']), ['Content-Range']),
    304: answer('The file is the one with the ETag of If-None-Match.'),
    ...problems([...OF_A_JOB, 'RANGE_NOT_SATISFIABLE']),
  },
});

export const postStore = createRoute({
  ...ofJobs,
  method: 'post',
  path: '/v1/jobs/{id}/store',
  operationId: 'storeJob',
  summary: 'Store its annotations and its report in a PACS.',
  description:
    'For completed jobs of DICOM slides. What the PACS has of an earlier run of the same is not stored again.',
  request: {
    params,
    headers: headers({
      'X-DICOMweb-Authorization':
        'Authorization for the PACS, where the body says "authorization": "forward".',
    }),
    body: body(
      json(
        storeRequestSchema,
        { pacs: { root: 'https://pacs.example.org/dicom-web' } },
        { pacs: 'name the PACS of the slide' },
      ),
    ),
  },
  responses: {
    200: answer(
      'What became of each instance; `complete` when the PACS has all.',
      json(storeReportSchema),
    ),
    ...problems([
      ...OF_A_JOB,
      ...OF_A_BODY,
      'JOB_STATE_CONFLICT',
      'SOURCE_FORBIDDEN',
      'SOURCE_NOT_FOUND',
      'SOURCE_UNAUTHORIZED',
      'SOURCE_UNREACHABLE',
      'DICOMWEB_INVALID',
    ]),
  },
});

/** All of them, for the tier that passes them on. */
export const jobContract = [
  postJob,
  getJobs,
  getJob,
  deleteJob,
  getEvents,
  getDetections,
  getSummary,
  getExport,
  postCancel,
  postResume,
  patchFocus,
  postStore,
  postEstimate,
];
