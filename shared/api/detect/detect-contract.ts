/**
 * The declaration of `POST /v1/detect`.
 *
 * @module
 */

import { createRoute } from '@hono/zod-openapi';
import * as z from 'zod';
import {
  answer,
  body,
  bytes,
  files,
  GUARDED,
  headers,
  json,
  KEYED,
  problems,
} from '../http/contract.ts';
import { jobSchema } from '../jobs/job-schemas.ts';
import { answerOffers } from './answer-format.ts';
import { detectOptionsSchema } from './detect-options.ts';
import { detectionSchema } from './detection-answer.ts';
import { EXAMPLE_PICTURE } from './example-picture.ts';
import { PICTURE_TYPES } from './image-body.ts';
import { imageMemberSchema } from './json-image.ts';

const detectRequestSchema = detectOptionsSchema
  .extend({ image: imageMemberSchema })
  .meta({ id: 'DetectRequest' });

const detectFormSchema = detectOptionsSchema
  .extend({ image: z.custom<File>().meta({ ...bytes, description: 'The file of the picture.' }) })
  .meta({ id: 'DetectForm' });

export const postDetect = createRoute({
  method: 'post',
  path: '/v1/detect',
  operationId: 'detect',
  tags: ['detect'],
  security: KEYED,
  summary: 'Find and name the nuclei of a picture.',
  description:
    'Options may stand in the query, in a JSON body or in form fields; those of the body count first. JSON may have 1 MiB apart from a picture in base64, and 32 levels.',
  request: {
    query: detectOptionsSchema,
    headers: headers({
      'X-Image-Size': 'WIDTHxHEIGHT, for a body of raw RGB pixels (application/octet-stream).',
      'X-DICOMweb-Authorization':
        'Authorization for the PACS, where image.dicomweb says "authorization": "forward".',
      'If-None-Match': 'The ETag of the answer that is there.',
      Prefer: 'respond-async makes a job of the request, where jobs are run; see /v1/jobs.',
    }),
    body: body({
      ...files([...PICTURE_TYPES, 'application/octet-stream']),
      'multipart/form-data': { schema: detectFormSchema },
      ...json(
        detectRequestSchema,
        {
          base64: { image: { base64: EXAMPLE_PICTURE }, dataset: ['consep', 'ocelot'], mpp: 0.5 },
          url: {
            image: { url: 'https://slides.example.org/field.png' },
            dataset: 'consep',
            mpp: 0.5,
          },
          frame: {
            image: {
              dicomweb: {
                root: 'https://pacs.example.org/dicom-web',
                study: '2.25.1',
                series: '2.25.2',
                instance: '2.25.3',
                frame: 1,
              },
            },
          },
        },
        {
          url: 'name a picture of yours on a public host',
          frame: 'name a frame in a PACS that the service may reach',
        },
      ),
    }),
  },
  responses: {
    200: answer(
      'The nuclei.',
      { ...files(answerOffers().map(([, mediaType]) => mediaType)), ...json(detectionSchema) },
      [
        'ETag',
        'RateLimit',
        'RateLimit-Policy',
        'Server-Timing',
        'X-Request-Id',
        'X-UniCell-Model',
        'X-UniCell-Provider',
        'X-UniCell-Tier',
        'X-UniCell-Warnings',
      ],
    ),
    202: answer('With Prefer: respond-async, the job.', json(jobSchema), [
      'Location',
      'Preference-Applied',
      'Retry-After',
    ]),
    304: answer('The answer is the one with the ETag of If-None-Match.'),
    ...problems([
      ...GUARDED,
      'INVALID_OPTIONS',
      'BODY_EMPTY',
      'BODY_INVALID',
      'BODY_TIMEOUT',
      'BODY_TOO_LARGE',
      'DATASET_NOT_IN_MODEL',
      'DATASET_UNKNOWN',
      'DICOMWEB_INVALID',
      'DICOM_INVALID',
      'DICOM_WITHOUT_VOLUME',
      'ENGINE_FAILED',
      'GPU_UNAVAILABLE',
      'IDEMPOTENCY_CONFLICT',
      'IMAGE_TOO_LARGE',
      'IMAGE_UNREADABLE',
      'IMAGE_UNSUPPORTED',
      'MEDIA_TYPE_MISMATCH',
      'MEDIA_TYPE_UNSUPPORTED',
      'MPP_INVALID',
      'MPP_UNKNOWN',
      'NOT_ACCEPTABLE',
      'OVERLOADED',
      'SOURCE_FORBIDDEN',
      'SOURCE_NOT_FOUND',
      'SOURCE_UNAUTHORIZED',
      'SOURCE_UNREACHABLE',
      'TOO_MANY_JOBS',
    ]),
  },
});
