/**
 * The job routes in OpenAPI.
 *
 * @module
 */

import type * as z from 'zod';
import type { ErrorCode } from '../../errors.ts';
import { jobSummarySchema } from '../../formats/job-summary.ts';
import { FORMATS } from '../../formats/registry.ts';
import {
  contentOf,
  GUARDED,
  headerParameter,
  inputSchema,
  type JsonObject,
  ok,
  outputSchema,
  pathParameter,
  problems,
  queryParameters,
  ref,
  secured,
} from '../http/openapi-parts.ts';
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
} from './job-schemas.ts';
import { storeReportSchema, storeRequestSchema } from './store-schemas.ts';

const OF_A_JOB: readonly ErrorCode[] = [...GUARDED, 'NOT_FOUND', 'GPU_UNAVAILABLE'];
const OF_A_REQUEST: readonly ErrorCode[] = [
  ...GUARDED,
  'INVALID_OPTIONS',
  'BODY_INVALID',
  'BODY_TIMEOUT',
  'BODY_TOO_LARGE',
  'MEDIA_TYPE_UNSUPPORTED',
  'DATASET_UNKNOWN',
  'SOURCE_FORBIDDEN',
  'SOURCE_NOT_FOUND',
  'SOURCE_UNREACHABLE',
  'SOURCE_UNAUTHORIZED',
  'DICOMWEB_INVALID',
  'DICOM_INVALID',
  'DICOM_WITHOUT_VOLUME',
  'GPU_UNAVAILABLE',
];

const FORWARDED = [
  'X-DICOMweb-Authorization',
  'Authorization for the PACS, where the source says "authorization": "forward". Kept in memory until the job has ended.',
] as const;

/** Paths of the tier that runs jobs; the edge passes them on. */
export function jobPaths(): JsonObject {
  const job = '/v1/jobs/{id}';
  return {
    '/v1/jobs': { post: createOperation(), get: listOperation() },
    [job]: {
      get: operation('Its status.', 'Job', {
        query: waitQuery,
        headers: [['If-None-Match', 'The ETag of the last answer.']],
        more: { 304: { description: 'The job is as the ETag of If-None-Match says.' } },
      }),
      delete: {
        ...secured,
        summary: 'Erase its pixels, its results and what is known of it.',
        parameters: [pathParameter('id')],
        responses: { 204: { description: 'It is gone.' }, ...problems(OF_A_JOB) },
      },
    },
    [`${job}/events`]: { get: eventsOperation() },
    [`${job}/detections`]: { get: detectionsOperation() },
    [`${job}/summary`]: { get: summaryOperation() },
    [`${job}/exports/{name}`]: { get: exportOperation() },
    [`${job}/cancel`]: {
      post: operation('Stop it; what was found stays.', 'Job', { codes: ['JOB_STATE_CONFLICT'] }),
    },
    [`${job}/resume`]: {
      post: operation('Go on with a job that failed or was cancelled.', 'Job', {
        status: 202,
        headers: [FORWARDED],
        codes: ['INVALID_OPTIONS', 'JOB_STATE_CONFLICT', 'TOO_MANY_JOBS'],
      }),
    },
    [`${job}/focus`]: {
      patch: operation('Do the chunks under a box first: what a viewer shows.', 'Job', {
        body: 'JobFocus',
        codes: ['INVALID_OPTIONS', 'BODY_INVALID', 'JOB_STATE_CONFLICT'],
      }),
    },
    [`${job}/store`]: { post: storeOperation() },
    '/v1/estimate': {
      post: {
        ...secured,
        summary: 'What a job would take: chunks, seconds, resolution. Nothing is run.',
        parameters: [headerParameter(...FORWARDED)],
        requestBody: jsonBody('JobRequest'),
        responses: { 200: ok('The estimate.', 'Estimate'), ...problems(OF_A_REQUEST) },
      },
    },
  };
}

export function jobSchemas(): JsonObject {
  return {
    Job: outputSchema(jobSchema),
    JobList: outputSchema(jobListSchema),
    JobRequest: inputSchema(jobRequestSchema),
    JobFocus: inputSchema(focusSchema),
    Estimate: outputSchema(estimateSchema),
    StoreRequest: inputSchema(storeRequestSchema),
    StoreReport: outputSchema(storeReportSchema),
    JobSummary: outputSchema(jobSummarySchema),
  };
}

function createOperation(): JsonObject {
  return {
    ...secured,
    summary: 'Find the nuclei of a slide, as a job.',
    description:
      'JSON names a source; with any other content type the body is the slide itself, streamed, and the options stand in the query (regions as GeoJSON, webhook as its URL).',
    parameters: [
      ...queryParameters(jobOptionsSchema),
      headerParameter(
        'Idempotency-Key',
        'Sent again with the same request, it gives the job that there is.',
      ),
      headerParameter(...FORWARDED),
    ],
    requestBody: {
      required: true,
      content: { 'application/json': { schema: ref('JobRequest') }, '*/*': {} },
    },
    responses: {
      202: {
        ...ok('The job, queued.', 'Job'),
        headers: headerSchemas(['Location', 'Retry-After', 'X-Request-Id']),
      },
      ...problems([...OF_A_REQUEST, 'BODY_EMPTY', 'IDEMPOTENCY_CONFLICT', 'TOO_MANY_JOBS']),
    },
  };
}

function listOperation(): JsonObject {
  return {
    ...secured,
    summary: 'The jobs of the key, newest first.',
    parameters: queryParameters(listQuery),
    responses: {
      200: ok('A page of them.', 'JobList'),
      ...problems([...GUARDED, 'INVALID_OPTIONS', 'GPU_UNAVAILABLE']),
    },
  };
}

function eventsOperation(): JsonObject {
  return {
    ...secured,
    summary: 'What happens to it, as server-sent events, until it has ended.',
    parameters: [
      pathParameter('id'),
      headerParameter('Last-Event-ID', 'Tells only what came after.'),
    ],
    responses: {
      200: {
        description: 'status, progress, chunk and warning.',
        content: { 'text/event-stream': {} },
      },
      204: { description: 'It has ended, and nothing came after.' },
      ...problems(OF_A_JOB),
    },
  };
}

function detectionsOperation(): JsonObject {
  return {
    ...secured,
    summary: 'Its nuclei so far, in any format.',
    parameters: [pathParameter('id'), ...queryParameters(detectionsQuery)],
    responses: {
      200: {
        description: 'The nuclei; X-Partial: true while the job runs.',
        headers: headerSchemas(['X-Partial']),
        content: contentOf(FORMATS.map(({ mediaType }) => mediaType)),
      },
      ...problems([...OF_A_JOB, 'INVALID_OPTIONS', 'FORMAT_UNKNOWN', 'NOT_ACCEPTABLE']),
    },
  };
}

function summaryOperation(): JsonObject {
  return {
    ...secured,
    summary: 'Counts and densities of a job that has completed, as JSON or as a FHIR R4 bundle.',
    parameters: [pathParameter('id'), ...queryParameters(summaryQuery)],
    responses: {
      200: {
        description: 'The numbers.',
        content: {
          [SUMMARY_TYPES.json]: { schema: ref('JobSummary') },
          [SUMMARY_TYPES.fhir]: {},
        },
      },
      ...problems([
        ...OF_A_JOB,
        'INVALID_OPTIONS',
        'JOB_STATE_CONFLICT',
        'NOT_ACCEPTABLE',
        'NOT_READY',
      ]),
    },
  };
}

function storeOperation(): JsonObject {
  return {
    ...secured,
    summary: 'Store its annotations and its report in a PACS.',
    description:
      'For completed jobs of DICOM slides. What the PACS has of an earlier run of the same is not stored again.',
    parameters: [
      pathParameter('id'),
      headerParameter(
        'X-DICOMweb-Authorization',
        'Authorization for the PACS, where the body says "authorization": "forward".',
      ),
    ],
    requestBody: jsonBody('StoreRequest'),
    responses: {
      200: ok('What became of each instance; `complete` when the PACS has all.', 'StoreReport'),
      ...problems([
        ...OF_A_JOB,
        'INVALID_OPTIONS',
        'BODY_INVALID',
        'JOB_STATE_CONFLICT',
        'SOURCE_FORBIDDEN',
        'SOURCE_NOT_FOUND',
        'SOURCE_UNAUTHORIZED',
        'SOURCE_UNREACHABLE',
        'DICOMWEB_INVALID',
      ]),
    },
  };
}

function exportOperation(): JsonObject {
  return {
    ...secured,
    summary: 'A result file.',
    parameters: [
      pathParameter('id'),
      pathParameter('name'),
      headerParameter('Range', 'One range of bytes.'),
      headerParameter('If-None-Match', 'The ETag of the file that is there.'),
    ],
    responses: {
      200: {
        description: 'The file.',
        headers: headerSchemas(['ETag', 'Accept-Ranges', 'Content-Disposition', 'Repr-Digest']),
        content: { 'application/octet-stream': {} },
      },
      206: { description: 'The range of it.', headers: headerSchemas(['Content-Range']) },
      304: { description: 'The file is the one with the ETag of If-None-Match.' },
      ...problems([...OF_A_JOB, 'RANGE_NOT_SATISFIABLE']),
    },
  };
}

interface OperationParts {
  readonly query?: z.ZodType;
  readonly headers?: readonly (readonly [name: string, description: string])[];
  /** Name of the schema of its JSON body. */
  readonly body?: string;
  readonly codes?: readonly ErrorCode[];
  readonly status?: number;
  readonly more?: JsonObject;
}

function operation(summary: string, schema: string, parts: OperationParts = {}): JsonObject {
  const { query, headers = [], body, codes = [], status = 200, more = {} } = parts;
  return {
    ...secured,
    summary,
    parameters: [
      pathParameter('id'),
      ...(query ? queryParameters(query) : []),
      ...headers.map(([name, description]) => headerParameter(name, description)),
    ],
    ...(body ? { requestBody: jsonBody(body) } : {}),
    responses: { [status]: ok(summary, schema), ...more, ...problems([...OF_A_JOB, ...codes]) },
  };
}

function jsonBody(schema: string): JsonObject {
  return { required: true, content: { 'application/json': { schema: ref(schema) } } };
}

function headerSchemas(names: readonly string[]): JsonObject {
  return Object.fromEntries(names.map((name) => [name, { schema: { type: 'string' } }]));
}
