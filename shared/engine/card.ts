/**
 * The model card: everything the TypeScript knows about a model. `models/<id>/card.json` lies beside
 * the ONNX files; a model brings its datasets, so a further dataset needs a card and no code.
 *
 * @module
 */
import * as z from 'zod';
import { UniCellError } from '../errors.ts';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 lower-case hex digits');

const modelFile = z.object({
  /** File name beside the card. */
  path: z
    .string()
    .min(1)
    .regex(/^[\w.-]+$/, 'must be a plain file name'),
  sha256,
  bytes: z.int().positive(),
});

const graphFile = modelFile.extend({
  /** The weights of a graph too large for a single file, in another beside it. */
  externalData: modelFile.optional(),
  /** Whether the graph was optimised offline and runs as it is. */
  optimised: z.boolean().optional(),
});

/** One precision of the model: the trunk (image to features) and the dataset part (features to nuclei). */
const variant = z.object({ trunk: graphFile, dataset: graphFile });

/**
 * That the scores of a dataset are calibrated. The graphs already give them so: what the model says is
 * the sigmoid of `slope * logit + offset` of what it said in training, and nothing is left to apply.
 */
const calibration = z.object({
  slope: z.number().positive(),
  offset: z.number(),
  /** Expected calibration error (Guo et al., ICML 2017) before and after, on the split of the fit. */
  eceBefore: z.number().min(0).max(1),
  eceAfter: z.number().min(0).max(1),
  split: z.literal('val'),
});

const cardDataset = z.object({
  id: z.string().regex(/^[a-z0-9][a-z0-9-]*$/, 'must be lower-case letters, digits and dashes'),
  name: z.string().min(1),
  /** Class names in head order. */
  classes: z.array(z.string().min(1)).min(1).max(255),
  /** `#rrggbb` per class; a dataset of the registry brings its own. */
  colours: z.array(z.string().regex(/^#[0-9a-f]{6}$/)).optional(),
  /** A nucleus is kept when its score is at least this; chosen on the val split. */
  threshold: z.number().gt(0).lt(1),
  /** Left out where scores say what is surer and no more. */
  calibration: calibration.optional(),
  /** Where the model stops for it: after the decoder, or after the densely supervised first stage. */
  exit: z.enum(['decoder', 'dense']).optional(),
  /** Two queries closer than this are one nucleus, in micrometres. */
  suppressionRadiusUm: z.number().nonnegative(),
  /** A prediction matches a nucleus within this distance, in micrometres. */
  matchRadiusUm: z.number().positive(),
  organs: z.array(z.string()).optional(),
});

const score = z.object({
  dataset: z.string(),
  split: z.string(),
  fd: z.number(),
  fc: z.number(),
  images: z.int().positive(),
  command: z.string(),
});

/** How the graphs of a variant were made from the fp32 ones, and what they reach. */
const quantisation = z.object({
  recipe: z.string(),
  summary: z.string(),
  tool: z.string(),
  command: z.string(),
  /** The images that static quantisation learnt its ranges from. */
  calibration: z
    .object({
      split: z.string(),
      datasets: z.array(z.string()),
      windows: z.int().positive(),
      seed: z.int(),
    })
    .optional(),
  scores: z.array(score).optional(),
});

const cardSchema = z.object({
  schema: z.literal(1),
  id: z.string().regex(/^[a-z0-9][a-z0-9.-]*$/),
  version: z.string(),
  description: z.string(),
  researchUseOnly: z.literal(true),
  licence: z.object({ id: z.string(), file: z.string() }),
  /** What the model is for, and what it must not be used for. */
  use: z
    .object({ intended: z.array(z.string()).min(1), outOfScope: z.array(z.string()).min(1) })
    .optional(),
  /** Native resolution, micrometres per pixel. */
  mpp: z.number().positive(),
  /** What one run sees, and the context at its border that it does not own unless the image ends there. */
  window: z.object({
    width: z.int().positive(),
    height: z.int().positive(),
    haloPx: z.int().nonnegative(),
    /** Whether the graphs take windows of any other size as well. */
    anySize: z.boolean().optional(),
  }),
  /**
   * `official` for the authors' model: a run then takes one tile of theirs, resized as they do, under
   * the official protocol (docs/protocol.md). Left out for models that see tissue at `mpp`.
   */
  protocol: z.literal('official').optional(),
  /** Input = (RGB value 0..255 - mean) / std, per channel. */
  normalisation: z.object({
    mean: z.tuple([z.number(), z.number(), z.number()]),
    std: z.tuple([z.number().positive(), z.number().positive(), z.number().positive()]),
  }),
  /** Queries per window that the graph returns. */
  queries: z.int().positive(),
  /** Of all heads together; multiply-accumulates of a window under one dataset, decoder included. */
  cost: z
    .object({ parameters: z.int().positive(), gmacPerWindow: z.number().positive() })
    .optional(),
  /** Graph files by precision, for instance `fp32` and `int8`. */
  variants: z.record(z.string(), variant),
  /** By precision, for those that were quantised. */
  quantisation: z.record(z.string(), quantisation).optional(),
  /** In the order of the graph's `dataset` index. */
  datasets: z.array(cardDataset).min(1),
  /** What was measured with `fp32`. */
  scores: z.array(score),
  training: z.object({
    data: z.array(z.string()),
    /** Which of its pictures it has learned from, where it is known. */
    splits: z.array(z.enum(['train', 'val', 'test'])).optional(),
    command: z.string(),
  }),
});

export type ModelCard = z.infer<typeof cardSchema>;
export type CardDataset = z.infer<typeof cardDataset>;
export type ModelFile = z.infer<typeof modelFile>;
export type GraphFile = z.infer<typeof graphFile>;

/**
 * Reads a model card.
 *
 * @param json Parsed content of `card.json`.
 * @param origin Where it came from, for the message.
 * @throws {UniCellError} `CARD_INVALID`, naming the first field that does not fit.
 */
export function parseCard(json: unknown, origin: string): ModelCard {
  const parsed = cardSchema.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    const where = issue.path.join('.') || 'the top level';
    throw new UniCellError(
      'CARD_INVALID',
      `${origin} is not a model card: ${where}: ${issue.message}. See docs/model-card.md for the fields.`,
    );
  }
  return parsed.data;
}
