/**
 * The declarations of what a service says of itself.
 *
 * @module
 */

import { createRoute } from '@hono/zod-openapi';
import * as z from 'zod';
import { answer, GUARDED, json, KEYED, OPEN, path, problems } from './http/contract.ts';
import { datasetsSchema, modelsSchema } from './info-routes.ts';

const UNREADY = ['NOT_READY', 'CONFIGURATION_INVALID', 'INTERNAL'] as const;
const ofModels = { tags: ['models'], security: KEYED };
const ofHealth = { tags: ['health'], security: OPEN };

const live = z.object({ live: z.literal(true) });
const readinessSchema = z
  .looseObject({
    ready: z.literal(true),
    tier: z.enum(['edge', 'gpu']),
    version: z.string(),
    model: z.object({ id: z.string(), version: z.string(), precision: z.string() }),
    needsKey: z.boolean().describe('Whether the routes below /v1 want a key.'),
    runsJobs: z
      .boolean()
      .describe(
        'Whether slides are run as jobs, and shown in /viewer: here, or by the service behind.',
      ),
  })
  .meta({ id: 'Readiness' });
const tensors = z.array(
  z.object({ name: z.string(), datatype: z.string(), shape: z.array(z.int()) }),
);
const modelMetadataSchema = z
  .object({
    name: z.string(),
    versions: z.array(z.string()),
    platform: z.string(),
    inputs: tensors,
    outputs: tensors,
  })
  .meta({ id: 'ModelMetadata' });
const model = { params: path({ model: 'Id of the model, as /v1/models has it.' }) };

export const getDatasets = createRoute({
  ...ofModels,
  method: 'get',
  path: '/v1/datasets',
  operationId: 'listDatasets',
  summary: 'The datasets of the model.',
  responses: { 200: answer('The datasets.', json(datasetsSchema)), ...problems(GUARDED) },
});

export const getModels = createRoute({
  ...ofModels,
  method: 'get',
  path: '/v1/models',
  operationId: 'listModels',
  summary: 'The models of this tier.',
  responses: { 200: answer('The models.', json(modelsSchema)), ...problems(GUARDED) },
});

export const getLiveness = createRoute({
  ...ofHealth,
  method: 'get',
  path: '/livez',
  operationId: 'getLiveness',
  summary: 'Whether the process lives.',
  responses: { 200: answer('It does.', json(live)) },
});

export const getReadiness = createRoute({
  ...ofHealth,
  method: 'get',
  path: '/readyz',
  operationId: 'getReadiness',
  summary: 'Whether it can answer.',
  responses: { 200: answer('It can.', json(readinessSchema)), ...problems(UNREADY) },
});

export const getOpenApi = createRoute({
  ...ofHealth,
  method: 'get',
  path: '/openapi.json',
  operationId: 'getOpenApi',
  summary: 'This document.',
  responses: { 200: answer('OpenAPI 3.1.', json(z.looseObject({ openapi: z.string() }))) },
});

export const getServerMetadata = createRoute({
  ...ofHealth,
  method: 'get',
  path: '/v2',
  operationId: 'getServerMetadata',
  summary: 'Open Inference Protocol: server metadata.',
  responses: {
    200: answer(
      'The server.',
      json(z.object({ name: z.string(), version: z.string(), extensions: z.array(z.string()) })),
    ),
  },
});

export const getServerLiveness = createRoute({
  ...ofHealth,
  method: 'get',
  path: '/v2/health/live',
  operationId: 'getServerLiveness',
  summary: 'Open Inference Protocol: liveness.',
  responses: { 200: answer('It lives.', json(live)) },
});

export const getServerReadiness = createRoute({
  ...ofHealth,
  method: 'get',
  path: '/v2/health/ready',
  operationId: 'getServerReadiness',
  summary: 'Open Inference Protocol: readiness.',
  responses: {
    200: answer('It is ready.', json(z.object({ ready: z.literal(true) }))),
    ...problems(UNREADY),
  },
});

export const getModelMetadata = createRoute({
  ...ofHealth,
  method: 'get',
  path: '/v2/models/{model}',
  operationId: 'getModelMetadata',
  summary: 'Open Inference Protocol: model metadata.',
  request: model,
  responses: {
    200: answer('The model.', json(modelMetadataSchema)),
    ...problems(['NOT_FOUND', 'INTERNAL']),
  },
});

export const getModelReadiness = createRoute({
  ...ofHealth,
  method: 'get',
  path: '/v2/models/{model}/ready',
  operationId: 'getModelReadiness',
  summary: 'Open Inference Protocol: model readiness.',
  request: model,
  responses: {
    200: answer('It is ready.', json(z.object({ name: z.string(), ready: z.literal(true) }))),
    ...problems(['NOT_FOUND', 'INTERNAL']),
  },
});
