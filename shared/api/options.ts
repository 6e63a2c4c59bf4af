/**
 * The options of a detection as they come by HTTP: in the query, in a JSON body or as form fields.
 *
 * @module
 */

import * as z from 'zod';
import { nearestName } from '../datasets/nearest-name.ts';
import { UniCellError } from '../errors.ts';
import { FORMATS } from '../formats/registry.ts';
import { RADIUS_RANGE_UM } from '../formats/writing.ts';

/** Longest list of datasets or classes, and longest text of an option. */
const MAX_ITEMS = 64;
const MAX_TEXT = 256;

const text = z.string().min(1).max(MAX_TEXT);
const texts = z.union([text, z.array(text).min(1).max(MAX_ITEMS)]);

/** Formats of an answer: those of result files, but for DICOM's, and lines of JSON. */
export const ANSWER_FORMATS: readonly string[] = [
  ...FORMATS.filter(({ needsDicom }) => !needsDicom).map(({ id }) => id),
  'ndjson',
];

/** For formats that draw a nucleus with an area. */
export const radiusUm = z
  .number()
  .min(RADIUS_RANGE_UM.min)
  .max(RADIUS_RANGE_UM.max)
  .optional()
  .describe(
    'Radius in micrometres of the circle or box around a nucleus, in formats that have one; 4 when left out.',
  );

export const detectOptionsSchema = z.strictObject({
  dataset: texts
    .default('auto')
    .describe('A dataset id, several (a list, or separated by commas), `all`, or `auto`.'),
  organ: text.optional().describe('Organ or tissue of the picture, the hint for `auto`.'),
  mpp: z.number().optional().describe('Micrometres per pixel; counts before the file header.'),
  threshold: z.number().optional().describe('Lowest score of a nucleus; the model has its own.'),
  classes: texts.optional().describe('Only nuclei of these classes, by name.'),
  format: z.enum(ANSWER_FORMATS).optional().describe('Counts before the Accept header.'),
  layout: z
    .enum(['objects', 'columns'])
    .default('objects')
    .describe('JSON with an object per nucleus, or an array per column.'),
  radiusUm,
  tier: z.enum(['auto', 'edge', 'gpu']).default('auto').describe('Who is to answer.'),
  name: text.default('image').describe('What the picture is called in the answer.'),
});

export type DetectRequestOptions = z.infer<typeof detectOptionsSchema>;

/** Which options are no plain texts. */
export interface OptionKinds {
  readonly numbers: readonly string[];
  /** Several values, by commas or by coming several times. */
  readonly lists: readonly string[];
}

const DETECT_KINDS: OptionKinds = {
  numbers: ['mpp', 'threshold', 'radiusUm'],
  lists: ['dataset', 'classes'],
};

/**
 * Options from names and texts: the query of a URL, or the fields of a form.
 *
 * @returns Not yet checked; a number that is none stays a text, to be refused with its name.
 * @throws {UniCellError} `INVALID_OPTIONS` for an option that comes twice and is no list.
 */
export function optionsFromTexts(
  pairs: Iterable<[string, string]>,
  { numbers, lists }: OptionKinds = DETECT_KINDS,
): Record<string, unknown> {
  const options: Record<string, unknown> = Object.create(null);
  for (const [name, value] of pairs) {
    const before = options[name];
    if (lists.includes(name)) {
      options[name] = [...((before as string[] | undefined) ?? []), ...value.split(',')]
        .map((item) => item.trim())
        .filter((item) => item !== '');
    } else if (before !== undefined) {
      throw new UniCellError('INVALID_OPTIONS', `The option ${name} comes twice; give it once.`);
    } else {
      const number = numbers.includes(name) && value.trim() !== '' ? Number(value) : Number.NaN;
      options[name] = Number.isNaN(number) ? value : number;
    }
  }
  return options;
}

/** {@link checkOptionsBy} the schema of a detection. */
export function checkDetectOptions(options: Record<string, unknown>): DetectRequestOptions {
  return checkOptionsBy(detectOptionsSchema, options);
}

/**
 * Checks options and fills in defaults.
 *
 * @throws {UniCellError} `INVALID_OPTIONS`, naming the option.
 */
export function checkOptionsBy<T extends z.ZodObject>(
  schema: T,
  options: Record<string, unknown>,
): z.infer<T> {
  const parsed = schema.safeParse(options);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  if (issue.code === 'unrecognized_keys') {
    const name = issue.keys[0]!;
    const names = Object.keys(schema.shape);
    const nearest = nearestName(name, names);
    throw new UniCellError(
      'INVALID_OPTIONS',
      `There is no option ${JSON.stringify(name.slice(0, MAX_TEXT))}.${nearest ? ` Did you mean ${nearest}?` : ''} ` +
        `The options are ${names.join(', ')}.`,
    );
  }
  const name = issue.path.map(String).join('.');
  const received = JSON.stringify(options[String(issue.path[0])])?.slice(0, 80);
  throw new UniCellError('INVALID_OPTIONS', `The option ${name} is ${received}: ${issue.message}.`);
}
