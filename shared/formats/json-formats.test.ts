/**
 * The JSON formats of others against the rules of their documentation, written down here as strict schemas.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { datasetWith, exportInput, nuclei, nucleiOf } from '../../test/support/export-input.ts';
import { textOf } from '../../test/support/text-of.ts';
import { consep } from '../datasets/consep.ts';
import type { Nuclei } from '../nuclei/nuclei.ts';
import * as coco from './coco.ts';
import * as detr from './detr.ts';
import type { ExportInput, FormatModule } from './format.ts';
import * as histomics from './histomics.ts';
import * as qupath from './qupath.ts';
import * as webAnnotation from './web-annotation.ts';

const RADIUS_PX = 16;
const names = consep.classes.map(({ name }) => name);
const json = (format: Pick<FormatModule, 'write'>, input: ExportInput): unknown =>
  JSON.parse(textOf(format.write(input)));

/** Reads the nuclei of a file by its rules. */
type Read = (file: unknown) => { x: number; y: number; name: string | undefined; score: number }[];

const colour = z.string().regex(/^#[0-9a-fA-F]{6}$/);

/** The annotation and the point of large_image; both allow no other members. */
const histomicsSchema = z.strictObject({
  name: z.string().min(1),
  description: z.string().optional(),
  attributes: z.record(z.string(), z.unknown()).optional(),
  elements: z.array(
    z.strictObject({
      type: z.literal('point'),
      center: z.tuple([z.number(), z.number(), z.literal(0)]),
      id: z
        .string()
        .regex(/^[0-9a-f]{24}$/)
        .optional(),
      group: z.string().optional(),
      label: z.strictObject({ value: z.string() }).optional(),
      lineColor: colour.optional(),
      fillColor: colour.optional(),
      lineWidth: z.number().min(0).optional(),
      user: z.object({ score: z.number() }),
    }),
  ),
});

const readHistomics: Read = (file) =>
  histomicsSchema.parse(file).elements.map(({ center: [x, y], group, label, user }) => {
    expect(label?.value).toBe(group);
    return { x, y, name: group, score: user.score };
  });

const id = z.int().min(1);
/** "Data format" of cocodataset.org, detections with the score of results. */
const cocoSchema = z.strictObject({
  info: z.looseObject({ description: z.string() }),
  licenses: z.array(z.unknown()),
  images: z
    .array(
      z.strictObject({ id, file_name: z.string(), width: z.int().min(1), height: z.int().min(1) }),
    )
    .length(1),
  categories: z.array(z.strictObject({ id, name: z.string(), supercategory: z.string() })),
  annotations: z.array(
    z.strictObject({
      id,
      image_id: id,
      category_id: id,
      bbox: z.tuple([z.number(), z.number(), z.number().positive(), z.number().positive()]),
      area: z.number().positive(),
      segmentation: z.tuple([z.array(z.number()).length(8)]),
      iscrowd: z.literal(0),
      score: z.number(),
    }),
  ),
});

const readCoco: Read = (file) => {
  const { images, categories, annotations } = cocoSchema.parse(file);
  expect(new Set(categories.map((one) => one.id)).size).toBe(categories.length);
  expect(annotations.map((one) => one.id)).toEqual(annotations.map((_, i) => i + 1));
  return annotations.map(({ image_id, category_id, bbox: [x, y, width, height], area, score }) => {
    expect(image_id).toBe(images[0]!.id);
    expect([width, height, area]).toEqual([32, 32, 1024]);
    const { name } = categories.find((one) => one.id === category_id)!;
    return {
      ...{ x: x + width / 2, y: y + height / 2, score },
      name: name === 'unknown' ? undefined : name,
    };
  });
};

/** The output of `@cf/facebook/detr-resnet-50` in the documentation of Workers AI. */
const detrSchema = z.array(
  z.strictObject({
    score: z.number().min(0).max(1),
    label: z.string(),
    box: z.strictObject({
      xmin: z.number(),
      ymin: z.number(),
      xmax: z.number(),
      ymax: z.number(),
    }),
  }),
);

const readDetr: Read = (file) =>
  detrSchema.parse(file).map(({ score, label, box: { xmin, ymin, xmax, ymax } }) => {
    expect(xmax - xmin).toBeCloseTo(2 * RADIUS_PX, 1);
    expect(ymax - ymin).toBeCloseTo(2 * RADIUS_PX, 1);
    return {
      ...{ x: (xmin + xmax) / 2, y: (ymin + ymax) / 2, score },
      name: label === 'unknown' ? undefined : label,
    };
  });

const urn = z
  .string()
  .regex(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
const textualBody = (purpose: string) =>
  z.strictObject({
    type: z.literal('TextualBody'),
    purpose: z.literal(purpose),
    value: z.string(),
  });
/** Sections 3.1 to 3.2.4, 4.2.7 and 5 of the Web Annotation Data Model. */
const collectionSchema = z.strictObject({
  '@context': z.literal('http://www.w3.org/ns/anno.jsonld'),
  id: urn,
  type: z.literal('AnnotationCollection'),
  label: z.string(),
  generator: z.strictObject({ id: z.string(), type: z.literal('Software'), name: z.string() }),
  total: z.int().min(0),
  first: z.strictObject({
    type: z.literal('AnnotationPage'),
    startIndex: z.literal(0),
    items: z.array(
      z.strictObject({
        id: urn,
        type: z.literal('Annotation'),
        body: z.array(z.union([textualBody('tagging'), textualBody('assessing')])),
        target: z.strictObject({
          source: z.string().regex(/^[\w.~%()!*'-]+$/),
          selector: z.strictObject({ type: z.literal('SvgSelector'), value: z.string() }),
        }),
      }),
    ),
  }),
});
/** What Annotorious takes: one ellipse. */
const ELLIPSE = /^<svg><ellipse cx="(.+)" cy="(.+)" rx="16\.00" ry="16\.00" \/><\/svg>$/;

const readWebAnnotation: Read = (file) => {
  const { total, first } = collectionSchema.parse(file);
  expect(first.items.length).toBe(total);
  return first.items.map(({ body, target }) => {
    expect(decodeURIComponent(target.source)).toBe(exportInput(nucleiOf([])).image.id);
    const [, x, y] = ELLIPSE.exec(target.selector.value)!;
    const bodyOf = (purpose: string) => body.find((one) => one.purpose === purpose)?.value;
    const [name, score] = [bodyOf('tagging'), Number(bodyOf('assessing'))];
    return { x: Number(x), y: Number(y), name, score };
  });
};

describe.each([
  ['HistomicsUI', histomics, readHistomics],
  ['COCO', coco, readCoco],
  ['Workers AI', detr, readDetr],
  ['Web Annotation', webAnnotation, readWebAnnotation],
] as const)('what is written for %s', (_, format, read) => {
  const expectSame = (found: ReturnType<Read>, nuclei: Nuclei) => {
    expect(found.length).toBe(nuclei.length);
    for (const [i, { x, y, name, score }] of found.entries()) {
      expect(Math.abs(x - nuclei.x[i]!)).toBeLessThanOrEqual(0.011);
      expect(Math.abs(y - nuclei.y[i]!)).toBeLessThanOrEqual(0.011);
      expect(name).toBe(names[nuclei.class[i]!]);
      expect(score).toBeCloseTo(nuclei.score[i]!, 3);
    }
  };

  it('follows the rules and gives every nucleus back', () => {
    fc.assert(
      fc.property(nuclei, (nuclei) => {
        expectSame(read(json(format, exportInput(nuclei))), nuclei);
      }),
    );
  });

  it('keeps names that need escaping', () => {
    const name = 'plasma "B" \\ <é>\n';
    const [found] = read(
      json(format, exportInput(nucleiOf([[50, 60, 0, 0.5]]), datasetWith(name))),
    );
    expect(found!.name).toBe(name);
  });
});

describe('web annotations', () => {
  const one = exportInput(nucleiOf([[147.78, 64, 1, 0.5]]));

  it('have the ids that QuPath gets', () => {
    const { first } = collectionSchema.parse(json(webAnnotation, one));
    const [feature] = (json(qupath, one) as { features: { id: string }[] }).features;
    expect(first.items[0]!.id).toBe(`urn:uuid:${feature!.id}`);
  });

  it('are of a picture with any name', () => {
    const sourceOf = (id: string) => {
      const file = json(webAnnotation, { ...one, image: { ...one.image, id } });
      return (file as { first: { items: { target: { source: string } }[] } }).first.items[0]!.target
        .source;
    };
    expect(sourceOf('https://iiif.example/a b')).toBe('https://iiif.example/a%20b');
    expect(sourceOf('half \ud800 a pair')).toBe('half%20%EF%BF%BD%20a%20pair');
  });
});
