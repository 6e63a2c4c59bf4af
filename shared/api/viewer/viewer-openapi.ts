/**
 * The viewer's routes in OpenAPI.
 *
 * @module
 */
import type { ErrorCode } from '../../errors.ts';
import { COUNTS_MEDIA_TYPE } from '../../viewer/count-tile.ts';
import { POINTS_MEDIA_TYPE } from '../../viewer/point-tile.ts';
import {
  GUARDED,
  inputSchema,
  type JsonObject,
  ok,
  outputSchema,
  pathParameter,
  problems,
  ref,
  secured,
} from '../http/openapi-parts.ts';
import { countsRequestSchema, countsSchema, pointsLayoutSchema } from './viewer-schemas.ts';

const OF_A_JOB: readonly ErrorCode[] = [...GUARDED, 'NOT_FOUND', 'GPU_UNAVAILABLE'];
const OF_ITS_SLIDE: readonly ErrorCode[] = [
  ...OF_A_JOB,
  'IMAGE_TOO_LARGE',
  'IMAGE_UNREADABLE',
  'IMAGE_UNSUPPORTED',
  'OVERLOADED',
  'SOURCE_NOT_FOUND',
  'SOURCE_UNREACHABLE',
  'SOURCE_UNAUTHORIZED',
  'DICOMWEB_INVALID',
];
const OF_ITS_PLAN: readonly ErrorCode[] = [
  ...OF_A_JOB,
  'DATASET_UNKNOWN',
  'JOB_STATE_CONFLICT',
  'NOT_READY',
];
const PLACE = ['z', 'x', 'y'];

/** Paths of the tier that runs jobs; the edge passes them on. */
export function viewerPaths(): JsonObject {
  const job = '/v1/jobs/{id}';
  return {
    [`${job}/image.dzi`]: {
      get: operation('Its slide as DeepZoom.', 'application/xml', OF_ITS_SLIDE),
    },
    [`${job}/image_files/{level}/{tile}`]: {
      get: operation(
        'A DeepZoom tile: COLUMN_ROW.jpeg.',
        'image/jpeg',
        OF_ITS_SLIDE,
        ...['level', 'tile'],
      ),
    },
    [`${job}/iiif`]: {
      get: {
        ...secured,
        summary: 'Its slide by the IIIF Image API 3.',
        parameters: [pathParameter('id')],
        responses: { 303: { description: 'To info.json.' }, ...problems(GUARDED) },
      },
    },
    [`${job}/iiif/info.json`]: {
      get: operation('What the image offers, at level 2.', 'application/ld+json', OF_ITS_SLIDE),
    },
    [`${job}/iiif/{region}/{size}/{rotation}/{file}`]: {
      get: operation(
        'A part of its slide: QUALITY.FORMAT of default, color, gray and jpg, png, webp.',
        'image/*',
        [...OF_ITS_SLIDE, 'INVALID_OPTIONS'],
        ...['region', 'size', 'rotation', 'file'],
      ),
    },
    [`${job}/points`]: {
      get: {
        ...operation('How its nuclei are cut into tiles.', 'application/json', OF_ITS_PLAN),
        responses: { 200: ok('The cut.', 'PointsLayout'), ...problems(OF_ITS_PLAN) },
      },
    },
    [`${job}/points/{dataset}/{z}/{x}/{y}`]: {
      get: operation(
        'The nuclei of a tile, or a fair sample of them.',
        POINTS_MEDIA_TYPE,
        OF_ITS_PLAN,
        ...['dataset', ...PLACE],
      ),
    },
    [`${job}/counts/{dataset}/{z}/{x}/{y}`]: {
      get: operation(
        'How many nuclei of which class and score lie in each cell of a tile.',
        COUNTS_MEDIA_TYPE,
        OF_ITS_PLAN,
        ...['dataset', ...PLACE],
      ),
    },
    [`${job}/counts`]: {
      post: {
        ...secured,
        summary: 'Count the nuclei of a region.',
        parameters: [pathParameter('id')],
        requestBody: {
          required: true,
          content: { 'application/json': { schema: ref('CountsRequest') } },
        },
        responses: {
          200: ok('The counts.', 'Counts'),
          ...problems([...OF_ITS_PLAN, 'INVALID_OPTIONS', 'BODY_INVALID']),
        },
      },
    },
  };
}

export function viewerSchemas(): JsonObject {
  return {
    PointsLayout: outputSchema(pointsLayoutSchema),
    CountsRequest: inputSchema(countsRequestSchema),
    Counts: outputSchema(countsSchema),
  };
}

function operation(
  summary: string,
  mediaType: string,
  codes: readonly ErrorCode[],
  ...names: readonly string[]
): JsonObject {
  return {
    ...secured,
    summary,
    parameters: ['id', ...names].map(pathParameter),
    responses: {
      200: { description: summary, content: { [mediaType]: {} } },
      304: { description: 'It is what the ETag of If-None-Match says.' },
      ...problems(codes),
    },
  };
}
