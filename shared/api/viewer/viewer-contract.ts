/**
 * The declarations of the viewer's routes. The tier that runs jobs mounts them, the edge passes them on.
 *
 * @module
 */
import { createRoute } from '@hono/zod-openapi';
import * as z from 'zod';
import type { ErrorCode } from '../../errors.ts';
import { COUNTS_MEDIA_TYPE } from '../../viewer/count-tile.ts';
import { POINTS_MEDIA_TYPE } from '../../viewer/point-tile.ts';
import {
  answer,
  body,
  files,
  GUARDED,
  headers,
  json,
  KEYED,
  path,
  problems,
} from '../http/contract.ts';
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

const ofViewer = { tags: ['viewer'], security: KEYED };
const ID = 'Of the job.';
const PLACE = {
  z: 'Level, 0 is the coarsest.',
  x: 'Column of the tile.',
  y: 'Row of the tile.',
};
const known = headers({ 'If-None-Match': 'The ETag of what is there.' });
const unchanged = { 304: answer('It is what the ETag of If-None-Match says.') };
const params = path({ id: ID });

export const getDeepZoom = createRoute({
  ...ofViewer,
  method: 'get',
  path: '/v1/jobs/{id}/image.dzi',
  operationId: 'getDeepZoom',
  summary: 'Its slide as DeepZoom.',
  request: { params },
  responses: {
    200: answer('The descriptor.', { 'application/xml': { schema: { type: 'string' } } }),
    ...problems(OF_ITS_SLIDE),
  },
});

export const getDeepZoomTile = createRoute({
  ...ofViewer,
  method: 'get',
  path: '/v1/jobs/{id}/image_files/{level}/{tile}',
  operationId: 'getDeepZoomTile',
  summary: 'A DeepZoom tile.',
  request: {
    params: path({ id: ID, level: 'As DeepZoom counts them.', tile: 'COLUMN_ROW.jpeg' }),
    headers: known,
  },
  responses: {
    200: answer('The tile.', files(['image/jpeg']), ['ETag']),
    ...unchanged,
    ...problems(OF_ITS_SLIDE),
  },
});

export const getIiif = createRoute({
  ...ofViewer,
  method: 'get',
  path: '/v1/jobs/{id}/iiif',
  operationId: 'getIiif',
  summary: 'Its slide by the IIIF Image API 3.',
  request: { params },
  responses: {
    303: answer('To info.json.', undefined, ['Location']),
    ...problems([...GUARDED, 'GPU_UNAVAILABLE']),
  },
});

export const getIiifInfo = createRoute({
  ...ofViewer,
  method: 'get',
  path: '/v1/jobs/{id}/iiif/info.json',
  operationId: 'getIiifInfo',
  summary: 'What the image offers, at level 2.',
  request: { params },
  responses: {
    200: answer('The image information.', {
      'application/ld+json': {
        schema: z.looseObject({ id: z.string(), width: z.int(), height: z.int() }),
      },
    }),
    ...problems(OF_ITS_SLIDE),
  },
});

export const getIiifImage = createRoute({
  ...ofViewer,
  method: 'get',
  path: '/v1/jobs/{id}/iiif/{region}/{size}/{rotation}/{file}',
  operationId: 'getIiifImage',
  summary: 'A part of its slide.',
  request: {
    params: path({
      id: ID,
      region: 'full, square, X,Y,W,H or pct:X,Y,W,H.',
      size: 'max, W,, ,H, W,H, !W,H or pct:N; with ^ before it the part is enlarged.',
      rotation: 'Degrees; with ! before them the part is mirrored.',
      file: 'QUALITY.FORMAT of default, color, gray and jpg, png, webp.',
    }),
    headers: known,
  },
  responses: {
    200: answer('The part.', files(['image/jpeg', 'image/png', 'image/webp']), ['ETag']),
    ...unchanged,
    ...problems(OF_ITS_SLIDE),
  },
});

export const getPoints = createRoute({
  ...ofViewer,
  method: 'get',
  path: '/v1/jobs/{id}/points',
  operationId: 'getPointsLayout',
  summary: 'How its nuclei are cut into tiles.',
  request: { params },
  responses: { 200: answer('The cut.', json(pointsLayoutSchema)), ...problems(OF_ITS_PLAN) },
});

export const getPointsTile = createRoute({
  ...ofViewer,
  method: 'get',
  path: '/v1/jobs/{id}/points/{dataset}/{z}/{x}/{y}',
  operationId: 'getPointsTile',
  summary: 'The nuclei of a tile, or a fair sample of them.',
  request: { params: path({ id: ID, dataset: 'Of the job.', ...PLACE }), headers: known },
  responses: {
    200: answer('The nuclei.', files([POINTS_MEDIA_TYPE]), ['ETag', 'X-Partial']),
    ...unchanged,
    ...problems(OF_ITS_PLAN),
  },
});

export const getCountsTile = createRoute({
  ...ofViewer,
  method: 'get',
  path: '/v1/jobs/{id}/counts/{dataset}/{z}/{x}/{y}',
  operationId: 'getCountsTile',
  summary: 'How many nuclei of which class and score lie in each cell of a tile.',
  request: { params: path({ id: ID, dataset: 'Of the job.', ...PLACE }), headers: known },
  responses: {
    200: answer('The counts.', files([COUNTS_MEDIA_TYPE]), ['ETag', 'X-Partial']),
    ...unchanged,
    ...problems(OF_ITS_PLAN),
  },
});

export const postCounts = createRoute({
  ...ofViewer,
  method: 'post',
  path: '/v1/jobs/{id}/counts',
  operationId: 'countNuclei',
  summary: 'Count the nuclei of a region.',
  request: {
    params,
    body: body(json(countsRequestSchema, { box: { dataset: 'consep', bbox: [0, 0, 2048, 2048] } })),
  },
  responses: {
    200: answer('The counts.', json(countsSchema)),
    ...problems([
      ...OF_ITS_PLAN,
      'INVALID_OPTIONS',
      'BODY_INVALID',
      'BODY_TIMEOUT',
      'BODY_TOO_LARGE',
      'MEDIA_TYPE_UNSUPPORTED',
    ]),
  },
});

/** All of them, for the tier that passes them on. */
export const viewerContract = [
  getDeepZoom,
  getDeepZoomTile,
  getIiif,
  getIiifInfo,
  getIiifImage,
  getPoints,
  getPointsTile,
  getCountsTile,
  postCounts,
];
