/**
 * What a service says of itself: its datasets, its model, whether it lives, whether it is ready.
 *
 * @module
 */

import * as z from 'zod';
import { modelDatasets } from '../datasets/model-datasets.ts';
import { scoreNotes } from '../datasets/score-notes.ts';
import type { ApiAdapters } from './adapters.ts';

export const datasetsSchema = z
  .object({
    model: z.string(),
    datasets: z.array(
      z.object({
        id: z.string(),
        name: z.string(),
        classes: z.array(z.object({ name: z.string(), label: z.string(), colour: z.string() })),
        threshold: z.number(),
        calibrationError: z
          .number()
          .optional()
          .describe(
            'Scores are calibrated: this is the expected calibration error on val. Left out where they are not.',
          ),
        matchRadiusUm: z.number(),
        organs: z.array(z.string()),
        citation: z.string(),
        licence: z.string(),
      }),
    ),
  })
  .meta({ id: 'Datasets' });

export const modelsSchema = z
  .object({
    models: z.array(
      z.object({
        id: z.string(),
        version: z.string(),
        description: z.string(),
        researchUseOnly: z.literal(true),
        licence: z.string(),
        use: z
          .object({ intended: z.array(z.string()), outOfScope: z.array(z.string()) })
          .optional(),
        tier: z.enum(['edge', 'gpu']),
        precision: z.string(),
        mpp: z.number(),
        window: z.object({ width: z.int(), height: z.int(), haloPx: z.int() }),
        sha256: z.record(z.string(), z.string()),
        scores: z.array(
          z.looseObject({
            dataset: z.string(),
            split: z.string(),
            fd: z.number(),
            fc: z.number(),
            note: z.string().optional().describe('What must be said beside the score.'),
          }),
        ),
      }),
    ),
  })
  .meta({ id: 'Models' });

/** `GET /v1/datasets` */
export async function listDatasets(api: ApiAdapters): Promise<z.infer<typeof datasetsSchema>> {
  const card = await api.model.card();
  return {
    model: card.id,
    datasets: modelDatasets(card).map((dataset) => ({
      id: dataset.id,
      name: dataset.name,
      classes: dataset.classes.map(({ name, label, colour }) => ({ name, label, colour })),
      threshold: dataset.threshold,
      ...(dataset.calibration && { calibrationError: dataset.calibration.eceAfter }),
      matchRadiusUm: dataset.matchRadiusUm,
      organs: [...dataset.organs],
      citation: dataset.citation,
      licence: dataset.licence,
    })),
  };
}

/** `GET /v1/models` */
export async function listModels(api: ApiAdapters): Promise<z.infer<typeof modelsSchema>> {
  const card = await api.model.card();
  const precision = await api.model.precision();
  const variant = card.variants[precision];
  const { id, version, description, researchUseOnly, use, mpp, window } = card;
  // A quantised variant has scores of its own; those of fp32 would not be what answers.
  const made = card.quantisation?.[precision];
  const known = new Map(modelDatasets(card).map((one) => [one.id, one]));
  const scores = (made ? (made.scores ?? []) : card.scores).map((one) => {
    const dataset = known.get(one.dataset);
    const notes = dataset ? scoreNotes(card, dataset, one.split, one.images) : [];
    return { ...one, ...(notes.length > 0 && { note: notes.join(' ') }) };
  });
  const sha256: Record<string, string> = variant
    ? { trunk: variant.trunk.sha256, dataset: variant.dataset.sha256 }
    : {};
  const licence = card.licence.id;
  const { tier } = api;
  return {
    models: [
      {
        id,
        version,
        description,
        researchUseOnly,
        licence,
        use,
        tier,
        precision,
        mpp,
        window,
        sha256,
        scores,
      },
    ],
  };
}

/** `GET /v2`, the server metadata of the Open Inference Protocol. */
export function serverMetadata(api: ApiAdapters) {
  return { name: `unicell-${api.tier}`, version: api.version, extensions: [] };
}

/** `GET /v2/models/{model}`, the model metadata of the Open Inference Protocol. */
export async function modelMetadata(api: ApiAdapters, model: string) {
  const card = await api.model.card();
  if (model !== card.id) return undefined;
  const { width, height } = card.window;
  const widest = Math.max(...card.datasets.map(({ classes }) => classes.length));
  return {
    name: card.id,
    versions: [card.version],
    platform: 'onnxruntime_onnx',
    inputs: [
      { name: 'image', datatype: 'FP32', shape: [-1, 3, height, width] },
      { name: 'dataset', datatype: 'INT64', shape: [1] },
    ],
    outputs: [
      { name: 'logits', datatype: 'FP32', shape: [-1, card.queries, widest] },
      { name: 'points', datatype: 'FP32', shape: [-1, card.queries, 2] },
    ],
  };
}
