/**
 * `POST /v1/score`: predictions against truth, as `unicell score` computes it.
 *
 * @module
 */

import * as z from 'zod';
import type { Dataset } from '../../datasets/dataset.ts';
import { modelDatasets } from '../../datasets/model-datasets.ts';
import { DatasetRegistry, datasets } from '../../datasets/registry.ts';
import type { ModelCard } from '../../engine/card.ts';
import { UniCellError } from '../../errors.ts';
import { NucleiCollector } from '../../formats/nuclei-collector.ts';
import { resolveMpp } from '../../image/resolution.ts';
import type { Nuclei } from '../../nuclei/nuclei.ts';
import type { Box } from '../../scoring/ignored-boxes.ts';
import { matchRadiusPx } from '../../scoring/match-points.ts';
import { type ImagePair, pairImages } from '../../scoring/pair-images.ts';
import { scoreImages } from '../../scoring/score-images.ts';
import { SCORE_MODES, type ScoreMode } from '../../scoring/score-mode.ts';
import type { ApiAdapters } from '../adapters.ts';
import { MAX_JSON_BYTES, parseJsonBody } from '../http/json-body.ts';
import { mediaTypeOf } from '../http/media-type.ts';
import { readWholeJson } from '../http/read-body.ts';

const pointSchema = z.object({
  image: z.string().optional().describe('Which picture; left out when there is only one.'),
  x: z.number(),
  y: z.number(),
  class: z.string().nullable().optional().describe('By name; none is a nucleus of unknown class.'),
  score: z
    .number()
    .optional()
    .describe('How sure a prediction is, for the mode `greedy`; 1 when left out.'),
});

const boxSchema = z
  .object({
    image: z.string().optional().describe('Which picture; left out when there is only one.'),
    x0: z.number(),
    y0: z.number(),
    x1: z.number(),
    y1: z.number(),
  })
  .refine(({ x0, y0, x1, y1 }) => x0 < x1 && y0 < y1, 'x0 must be less than x1, y0 less than y1');

/** Each has scores of its own in the answer, which would grow far larger than the request. */
const MAX_IMAGES = 2000;

/** Every box is looked at for every point of its picture. */
const MAX_BOXES = 1000;

export const scoreRequestSchema = z
  .strictObject({
    dataset: z.string(),
    mpp: z.number().describe('Micrometres per pixel of all pictures.'),
    mode: z
      .enum(SCORE_MODES as [ScoreMode, ...ScoreMode[]])
      .default('default')
      .describe('Rules of the score; `greedy` goes by the scores of the predictions.'),
    images: z
      .array(z.string())
      .optional()
      .describe('All pictures that are scored, where some have no nuclei.'),
    ignored: z
      .array(boxSchema)
      .max(MAX_BOXES)
      .default([])
      .describe('Half-open boxes in pixels: points in them are dropped before anything is scored.'),
    truth: z.array(pointSchema),
    predictions: z.array(pointSchema),
  })
  .meta({ id: 'ScoreRequest' });

const count = z.int();
const quotient = z.number().nullable();
const scores = {
  fd: quotient,
  fc: quotient,
  precision: quotient,
  recall: quotient,
  tp: count,
  fp: count,
  fn: count,
  classes: z.array(z.looseObject({ name: z.string(), fc: quotient })),
};

export const scoreReportSchema = z
  .object({
    dataset: z.string(),
    mode: z.string(),
    ...scores,
    images: z.array(z.object({ id: z.string(), ...scores })),
  })
  .meta({ id: 'ScoreReport' });

/** Scores the points of the body. */
export async function answerScore(request: Request, api: ApiAdapters): Promise<Response> {
  const type = mediaTypeOf(request.headers.get('content-type'));
  if (type !== 'application/json') {
    throw new UniCellError(
      'MEDIA_TYPE_UNSUPPORTED',
      `The content type is ${JSON.stringify(type.slice(0, 100))}; /v1/score takes application/json.`,
    );
  }
  const entry = api.enter?.(MAX_JSON_BYTES);
  try {
    const bytes = await readWholeJson(request.body, api.deadline(api.limits.bodyTimeoutMs));
    return await score(parse(bytes), api, request.signal);
  } finally {
    entry?.leave();
  }
}

async function score(
  asked: z.infer<typeof scoreRequestSchema>,
  api: ApiAdapters,
  signal: AbortSignal,
): Promise<Response> {
  const dataset = datasetOf(asked.dataset, await api.model.card());
  const radiusPx = matchRadiusPx(
    dataset.matchRadiusUm,
    resolveMpp({ request: asked.mpp, header: undefined }).value,
  );
  const truth = collect(asked.truth, dataset, 'truth');
  const predictions = collect(asked.predictions, dataset, 'predictions');
  const pairs = pairImages(truth, predictions, asked.images ?? singleImage(truth, predictions));
  if (pairs.length > MAX_IMAGES) {
    throw new UniCellError(
      'SCORE_TOO_LARGE',
      `There are ${pairs.length} pictures; at most ${MAX_IMAGES} are scored in one request. Send several.`,
    );
  }
  const boxes = boxesByImage(asked.ignored, pairs);
  const images = pairs.map((pair) => ({ ...pair, radiusPx, ignored: boxes.get(pair.id)! }));
  const classes = dataset.classes.map(({ name }) => name);
  const options = { mode: asked.mode, maxWork: api.limits.scoreWork };
  const report = api.score
    ? await api.score(images, classes, options, signal)
    : scoreImages(images, classes, options);
  return Response.json({ dataset: dataset.id, ...report });
}

function parse(bytes: Uint8Array<ArrayBuffer>): z.infer<typeof scoreRequestSchema> {
  const parsed = scoreRequestSchema.safeParse(parseJsonBody(bytes));
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0]!;
    throw new UniCellError(
      'INVALID_OPTIONS',
      `The body does not fit: ${path.join('.') || 'the top level'}: ${message}. /openapi.json has its schema.`,
    );
  }
  return parsed.data;
}

/** A dataset of the model, else one that the registry knows. */
function datasetOf(id: string, card: ModelCard): Dataset {
  const own = new DatasetRegistry(modelDatasets(card));
  return own.has(id) ? own.get(id) : datasets.get(id);
}

function collect(
  points: readonly z.infer<typeof pointSchema>[],
  dataset: Dataset,
  origin: string,
): Map<string, Nuclei> {
  const collector = new NucleiCollector({ dataset, origin }, 'point');
  for (const [i, point] of points.entries()) {
    collector.add(point.image ?? '', i, point.x, point.y, point.class, point.score);
  }
  return collector.finish();
}

/** @throws {UniCellError} `SCORE_MISMATCH` for a box of a picture that is not scored. */
function boxesByImage(
  boxes: z.infer<typeof scoreRequestSchema>['ignored'],
  pairs: readonly ImagePair[],
): Map<string, Box[]> {
  const byImage = new Map<string, Box[]>(pairs.map(({ id }) => [id, []]));
  for (const [i, { image = '', ...box }] of boxes.entries()) {
    const own = byImage.get(image);
    if (own === undefined) {
      throw new UniCellError(
        'SCORE_MISMATCH',
        `ignored.${i} is a box of the picture ${JSON.stringify(image)}, which is not scored.`,
      );
    }
    own.push(box);
  }
  return byImage;
}

/** Where nobody names a picture there is one, also when a side has no points at all. */
function singleImage(
  ...sides: readonly ReadonlyMap<string, Nuclei>[]
): readonly string[] | undefined {
  const isUnnamed = sides.every((side) => side.size === 0 || (side.size === 1 && side.has('')));
  return isUnnamed ? [''] : undefined;
}
