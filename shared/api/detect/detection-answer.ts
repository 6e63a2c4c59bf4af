/**
 * A detection as an answer, in the format that was asked for.
 *
 * @module
 */

import * as z from 'zod';
import { namesAskedFor } from '../../detect/class-filter.ts';
import type { DatasetResult, Detection } from '../../detect/detection.ts';
import { summarise } from '../../detect/summary.ts';
import { UniCellError } from '../../errors.ts';
import type { ExportInput, FilePart } from '../../formats/format.ts';
import { SOME_CLASSES } from '../../formats/job-summary.ts';
import { PartWriter } from '../../formats/part-writer.ts';
import { findFormat } from '../../formats/registry.ts';

/** What an answer is made of. */
export interface AnswerInput {
  readonly detection: Detection;
  readonly tier: 'edge' | 'gpu';
  readonly precision: string;
  /** What the image is called. */
  readonly name: string;
  readonly layout: 'objects' | 'columns';
  /** As of `ExportHead`. */
  readonly radiusUm?: number | undefined;
  readonly warnings: readonly { readonly code: string; readonly detail: string }[];
}

const column = z.array(z.number());
const nucleusSchema = z.object({
  x: z.number().describe('Pixels of the picture, (0, 0) is its top left corner.'),
  y: z.number(),
  class: z.string(),
  score: z.number(),
});

/** The JSON answer of a detection. */
export const detectionSchema = z
  .object({
    researchUseOnly: z.literal(true),
    tier: z.enum(['edge', 'gpu']),
    model: z.object({
      id: z.string(),
      version: z.string(),
      precision: z.string(),
      provider: z.string(),
    }),
    image: z.object({
      id: z.string(),
      width: z.int(),
      height: z.int(),
      mpp: z.number(),
      mppSource: z.enum(['request', 'header']),
    }),
    imageAreaMm2: z.number().describe('Of the whole picture, glass included.'),
    windows: z.int(),
    warnings: z.array(z.object({ code: z.string(), detail: z.string() })),
    datasets: z.array(
      z.object({
        id: z.string(),
        name: z.string(),
        reason: z.string(),
        threshold: z.number(),
        areaMm2: z
          .number()
          .describe(
            'What densities are over: the tissue, or the whole picture where none is found.',
          ),
        hasAllClasses: z.boolean().describe(SOME_CLASSES),
        total: z.object({ count: z.int(), perMm2: z.number() }),
        classes: z.array(
          z.object({
            name: z.string(),
            label: z.string(),
            colour: z.string(),
            count: z.int(),
            perMm2: z.number(),
          }),
        ),
      }),
    ),
    /** In the order of `datasets`; each is a whole JSON file as docs/formats.md has it. */
    results: z.array(
      z.object({
        researchUseOnly: z.literal(true),
        image: z.object({ id: z.string(), width: z.int(), height: z.int(), mpp: z.number() }),
        model: z.object({ id: z.string(), version: z.string() }),
        dataset: z.object({ id: z.string(), classes: z.array(z.string()) }),
        threshold: z.number().describe('The least score of a nucleus.'),
        only: z
          .object({ classes: z.array(z.string()) })
          .optional()
          .describe('What was asked for, where it was not all.'),
        count: z.int(),
        nuclei: z.union([
          z.array(nucleusSchema),
          z.object({ x: column, y: column, class: z.array(z.int()), score: column }),
        ]),
      }),
    ),
  })
  .meta({ id: 'Detection' });

/**
 * Writes an answer.
 *
 * @param format Holds as many datasets as there are results: see {@link checkSingle}.
 * @returns Parts of the body, made while they are taken.
 */
export async function writeAnswer(input: AnswerInput, format: string): Promise<Iterable<FilePart>> {
  const { results } = input.detection;
  if (format === 'ndjson') return ndjson(input);
  if (format === 'json') {
    const { write } = await findFormat(input.layout === 'columns' ? 'json-columns' : 'json').load();
    return json(input, write);
  }
  const { write } = await findFormat(format).load();
  return write(exportInput(input, results[0]!));
}

/**
 * All formats but these two hold one label set.
 *
 * @throws {UniCellError} `INVALID_OPTIONS` when a file of one dataset is to hold several.
 */
export function checkSingle(results: readonly unknown[], format: string): void {
  if (format !== 'json' && format !== 'ndjson' && results.length !== 1) {
    throw new UniCellError(
      'INVALID_OPTIONS',
      `The format ${format} holds one dataset and ${results.length} were asked for; ask for one, or for json or ndjson.`,
    );
  }
}

function* json(
  input: AnswerInput,
  write: (one: ExportInput) => Iterable<FilePart>,
): Generator<FilePart> {
  const { detection, tier, precision, name, warnings } = input;
  const { image, mpp, model, windows, areaMm2, imageAreaMm2, results } = detection;
  const { classes: asked } = detection;
  const head = {
    researchUseOnly: true,
    tier,
    model: { id: model.id, version: model.version, precision, provider: model.provider },
    image: { id: name, ...image, mpp: mpp.value, mppSource: mpp.source },
    imageAreaMm2,
    windows,
    warnings: [...warnings],
    datasets: results.map(({ dataset, reason, threshold, nuclei }) => {
      const summary = summarise(nuclei, dataset, areaMm2, asked);
      const colours = new Map(dataset.classes.map(({ name, colour }) => [name, colour]));
      const classes = summary.classes.map((one) => ({ ...one, colour: colours.get(one.name)! }));
      return { id: dataset.id, name: dataset.name, reason, threshold, ...summary, classes };
    }),
  } satisfies Omit<z.infer<typeof detectionSchema>, 'results'>;
  const encoder = new TextEncoder();
  yield encoder.encode(`${JSON.stringify(head).slice(0, -1)},"results":[`);
  for (const [i, result] of results.entries()) {
    if (i > 0) yield encoder.encode(',');
    yield* write(exportInput(input, result));
  }
  yield encoder.encode(']}\n');
}

function* ndjson({ detection }: AnswerInput): Generator<FilePart> {
  const out = new PartWriter();
  const round = (value: number, steps: number) => Math.round(value * steps) / steps;
  for (const { dataset, nuclei } of detection.results) {
    for (let i = 0; i < nuclei.length; i++) {
      const line = {
        dataset: dataset.id,
        x: round(nuclei.x[i]!, 100),
        y: round(nuclei.y[i]!, 100),
        class: dataset.classes[nuclei.class[i]!]!.name,
        score: round(nuclei.score[i]!, 10_000),
      };
      out.text(`${JSON.stringify(line)}\n`);
      if (out.isFull) yield out.take();
    }
  }
  if (!out.isEmpty) yield out.take();
}

function exportInput(
  { detection: { image, mpp, model, classes }, name, radiusUm }: AnswerInput,
  { dataset, nuclei, threshold }: DatasetResult,
): ExportInput {
  const only = { classes: namesAskedFor(dataset, classes) };
  const seen = { id: name, ...image, mpp: mpp.value };
  return { nuclei, dataset, image: seen, model, threshold, only, radiusUm };
}
