/**
 * The declaration of `POST /v1/score`.
 *
 * @module
 */

import { createRoute } from '@hono/zod-openapi';
import { answer, body, GUARDED, json, KEYED, problems } from '../http/contract.ts';
import { scoreReportSchema, scoreRequestSchema } from './score-route.ts';

export const postScore = createRoute({
  method: 'post',
  path: '/v1/score',
  operationId: 'score',
  tags: ['score'],
  security: KEYED,
  summary: 'Score predictions against truth.',
  description:
    'At most 1 MiB and 2000 pictures. What truth and predictions that lie apart would cost is estimated before, and refused with what would fit.',
  request: {
    body: body(
      json(scoreRequestSchema, {
        one: {
          dataset: 'consep',
          mpp: 0.5,
          truth: [{ x: 10, y: 10, class: 'epithelial' }],
          predictions: [{ x: 13, y: 10, class: 'epithelial', score: 0.9 }],
        },
      }),
    ),
  },
  responses: {
    200: answer('The scores.', json(scoreReportSchema)),
    ...problems([
      ...GUARDED,
      'BODY_INVALID',
      'BODY_TIMEOUT',
      'BODY_TOO_LARGE',
      'DATASET_UNKNOWN',
      'INVALID_OPTIONS',
      'MEDIA_TYPE_UNSUPPORTED',
      'MPP_INVALID',
      'OVERLOADED',
      'POINTS_INVALID',
      'SCORE_MISMATCH',
      'SCORE_TOO_LARGE',
    ]),
  },
});
