/**
 * Options as they come by HTTP: in the query, in a JSON body or as form fields.
 *
 * @module
 */

import * as z from 'zod';
import { nearestName } from '../../datasets/nearest-name.ts';
import { parseDecimal } from '../../decimal.ts';
import { UniCellError } from '../../errors.ts';
import { RADIUS_RANGE_UM } from '../../formats/writing.ts';

/** Longest text of an option. */
export const MAX_TEXT = 256;
/** Most items of a list: datasets, classes, exports. */
export const MAX_ITEMS = 64;
/** Most fields of a form or a query, far above what all options with full lists need. */
export const MAX_FIELDS = 256;

/** For formats that draw a nucleus with an area. */
export const radiusUm = z
  .number()
  .min(RADIUS_RANGE_UM.min)
  .max(RADIUS_RANGE_UM.max)
  .optional()
  .describe(
    'Radius in micrometres of the circle or box around a nucleus, in formats that have one; 4 when left out.',
  );

/** Which options are no plain texts. */
export interface OptionKinds {
  readonly numbers: readonly string[];
  /** Several values, by commas or by coming several times. */
  readonly lists: readonly string[];
}

/**
 * Options from names and texts: the query of a URL, or the fields of a form.
 *
 * @returns Not yet checked; a number that is none stays a text, to be refused with its name.
 * @throws {UniCellError} `INVALID_OPTIONS` for an option that comes twice and is no list, for a list of more
 *   than {@link MAX_ITEMS}, and for more than {@link MAX_FIELDS} pairs; nothing is read beyond those.
 */
export function optionsFromTexts(
  pairs: Iterable<[string, string]>,
  { numbers, lists }: OptionKinds,
): Record<string, unknown> {
  const options: Record<string, unknown> = Object.create(null);
  let fields = 0;
  for (const [name, value] of pairs) {
    if (++fields > MAX_FIELDS) {
      throw new UniCellError(
        'INVALID_OPTIONS',
        `There are more than ${MAX_FIELDS} fields; give each option once, and lists by commas.`,
      );
    }
    const before = options[name];
    if (lists.includes(name)) {
      const items = (before as string[] | undefined) ?? [];
      addItems(items, value, name);
      options[name] = items;
    } else if (before !== undefined) {
      throw new UniCellError('INVALID_OPTIONS', `The option ${name} comes twice; give it once.`);
    } else {
      options[name] = (numbers.includes(name) ? parseDecimal(value) : undefined) ?? value;
    }
  }
  return options;
}

function addItems(items: string[], value: string, name: string): void {
  // One part more than may be: that there are too many is known without the rest.
  const parts = value.split(',', MAX_ITEMS + 1);
  if (parts.length > MAX_ITEMS) throw tooManyItems(name);
  for (const part of parts) {
    const item = part.trim();
    if (item === '') continue;
    if (items.length === MAX_ITEMS) throw tooManyItems(name);
    items.push(item);
  }
}

function tooManyItems(name: string): UniCellError {
  return new UniCellError(
    'INVALID_OPTIONS',
    `The option ${name} has more than ${MAX_ITEMS} items; give at most ${MAX_ITEMS}, or send several requests.`,
  );
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
  const value = options[String(issue.path[0])];
  // JSON has no number that is not finite, and would call it null.
  const received = typeof value === 'number' ? `${value}` : JSON.stringify(value)?.slice(0, 80);
  throw new UniCellError('INVALID_OPTIONS', `The option ${name} is ${received}: ${issue.message}.`);
}
