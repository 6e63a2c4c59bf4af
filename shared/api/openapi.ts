/**
 * The contract as OpenAPI 3.1, from the same schemas that check requests and answers.
 *
 * @module
 */

import type { ErrorCode } from '../errors.ts';
import { FORMATS } from '../formats/registry.ts';
import { answerOffers } from './detect/answer-format.ts';
import { detectOptionsSchema } from './detect/detect-options.ts';
import { detectionSchema } from './detect/detection-answer.ts';
import { imageMemberSchema } from './detect/image-body.ts';
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
} from './http/openapi-parts.ts';
import { PROBLEMS, problemSchema } from './http/problem.ts';
import { datasetsSchema, modelsSchema } from './info-routes.ts';
import { jobPaths, jobSchemas } from './jobs/job-openapi.ts';
import { scoreReportSchema, scoreRequestSchema } from './score/score-route.ts';
import { viewerPaths, viewerSchemas } from './viewer/viewer-openapi.ts';

const DETECT: readonly ErrorCode[] = [
  ...GUARDED,
  'INVALID_OPTIONS',
  'BODY_TIMEOUT',
  'NOT_ACCEPTABLE',
  'IMAGE_TOO_LARGE',
  'MEDIA_TYPE_UNSUPPORTED',
  'IMAGE_UNREADABLE',
  'SOURCE_UNREACHABLE',
  'SOURCE_UNAUTHORIZED',
  'DICOMWEB_INVALID',
  'DICOM_INVALID',
  'DICOM_WITHOUT_VOLUME',
  'OVERLOADED',
];

/** The document of a tier. */
export function openApi({ tier, version }: { tier: 'edge' | 'gpu'; version: string }): JsonObject {
  return {
    openapi: '3.1.0',
    info: {
      title: `UniCell (${tier})`,
      version,
      summary: 'Finds and names cell nuclei in H&E pictures. Research use only.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    paths: {
      '/v1/detect': { post: { ...secured, ...detectOperation() } },
      '/v1/score': {
        post: {
          ...secured,
          summary: 'Score predictions against truth.',
          requestBody: {
            required: true,
            content: { 'application/json': { schema: ref('ScoreRequest') } },
          },
          responses: {
            200: ok('The scores.', 'ScoreReport'),
            ...problems([...GUARDED, 'BODY_INVALID', 'SCORE_MISMATCH']),
          },
        },
      },
      ...jobPaths(),
      ...viewerPaths(),
      '/v1/datasets': get('The datasets of the model.', 'Datasets', secured),
      '/v1/models': get('The models of this tier.', 'Models', secured),
      '/livez': get('Whether the process lives.'),
      '/readyz': get('Whether it can answer.'),
      '/openapi.json': get('This document.'),
      '/v2': get('Open Inference Protocol: server metadata.'),
      '/v2/health/live': get('Open Inference Protocol: liveness.'),
      '/v2/health/ready': get('Open Inference Protocol: readiness.'),
      '/v2/models/{model}': get('Open Inference Protocol: model metadata.', undefined, {
        parameters: [modelParameter],
      }),
      '/v2/models/{model}/ready': get('Open Inference Protocol: model readiness.', undefined, {
        parameters: [modelParameter],
      }),
    },
    // Every code that a problem may carry, for people who read /docs.
    'x-problems': PROBLEMS,
    // Every format of a result file.
    'x-formats': FORMATS.map(({ id, description, mediaType, extension }) => {
      return { id, description, mediaType, extension };
    }),
    components: {
      securitySchemes: { key: { type: 'http', scheme: 'bearer' } },
      schemas: {
        Problem: outputSchema(problemSchema),
        Detection: outputSchema(detectionSchema),
        DetectRequest: inputSchema(detectOptionsSchema.extend({ image: imageMemberSchema })),
        ScoreRequest: inputSchema(scoreRequestSchema),
        ScoreReport: outputSchema(scoreReportSchema),
        Datasets: outputSchema(datasetsSchema),
        Models: outputSchema(modelsSchema),
        ...jobSchemas(),
        ...viewerSchemas(),
      },
    },
  };
}

const modelParameter = pathParameter('model');

function detectOperation(): JsonObject {
  const { properties } = inputSchema(detectOptionsSchema) as { properties: JsonObject };
  const form = {
    type: 'object',
    required: ['image'],
    properties: { image: { contentMediaType: 'application/octet-stream' }, ...properties },
  };
  return {
    summary: 'Find and name the nuclei of a picture.',
    description:
      'Options may stand in the query, in a JSON body or in form fields; those of the body count first.',
    parameters: [
      ...queryParameters(detectOptionsSchema),
      headerParameter(
        'X-Image-Size',
        'WIDTHxHEIGHT, for a body of raw RGB pixels (application/octet-stream).',
      ),
      headerParameter(
        'X-DICOMweb-Authorization',
        'Authorization for the PACS, where image.dicomweb says "authorization": "forward".',
      ),
      headerParameter(
        'Prefer',
        'respond-async makes a job of the request, where jobs are run; see /v1/jobs.',
      ),
    ],
    requestBody: {
      required: true,
      content: {
        'image/jpeg': {},
        'image/png': {},
        'image/webp': {},
        'image/tiff': {},
        'application/octet-stream': {},
        'multipart/form-data': { schema: form },
        'application/json': { schema: ref('DetectRequest') },
      },
    },
    responses: {
      200: {
        description: 'The nuclei.',
        headers: Object.fromEntries(
          [
            'ETag',
            'RateLimit',
            'RateLimit-Policy',
            'Server-Timing',
            'X-Request-Id',
            'X-UniCell-Model',
            'X-UniCell-Tier',
            'X-UniCell-Warnings',
          ].map((name) => [name, { schema: { type: 'string' } }]),
        ),
        content: {
          ...contentOf(answerOffers().map(([, mediaType]) => mediaType)),
          'application/json': { schema: ref('Detection') },
        },
      },
      202: ok('With Prefer: respond-async, the job; Preference-Applied says so.', 'Job'),
      304: { description: 'The answer is the one with the ETag of If-None-Match.' },
      ...problems(DETECT),
    },
  };
}

function get(summary: string, schema?: string, more: JsonObject = {}): JsonObject {
  return {
    get: { ...more, summary, responses: { 200: ok(summary, schema), ...problems(GUARDED) } },
  };
}
