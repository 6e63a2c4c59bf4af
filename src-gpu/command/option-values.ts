/**
 * What options of the command may hold.
 *
 * @module
 */
import { InvalidArgumentError } from 'commander';
import { parseDecimal } from '../../shared/decimal.ts';
import { RADIUS_RANGE_UM } from '../../shared/formats/writing.ts';

/** A number; whether it makes sense is for the code that uses it to say. */
export function number(text: string): number {
  const value = parseDecimal(text);
  if (value === undefined) throw new InvalidArgumentError('Give a number, such as 0.5.');
  return value;
}

/** A whole number of at least 0. */
export function naturalNumber(text: string): number {
  const value = number(text);
  if (!Number.isInteger(value) || value < 0) {
    throw new InvalidArgumentError('Give a whole number of at least 0.');
  }
  return value;
}

/** A whole number of at least 1. */
export function positiveInteger(text: string): number {
  const value = number(text);
  if (!Number.isInteger(value) || value < 1) {
    throw new InvalidArgumentError('Give a whole number of at least 1.');
  }
  return value;
}

/** Threads of a run. More than any machine has would only make ONNX Runtime fail. */
export function threads(text: string): number {
  const value = positiveInteger(text);
  if (value > 256) throw new InvalidArgumentError('Give a whole number from 1 to 256.');
  return value;
}

/** Slides at work at once: each holds its own pixels. */
export function slidesAtOnce(text: string): number {
  const value = positiveInteger(text);
  if (value > 64) throw new InvalidArgumentError('Give a whole number from 1 to 64.');
  return value;
}

/** A size of a picture, of at least 0. */
export function megapixels(text: string): number {
  const value = number(text);
  if (!(value >= 0)) throw new InvalidArgumentError('Give megapixels, at least 0.');
  return value;
}

/** A detection threshold. */
export function fraction(text: string): number {
  const value = number(text);
  if (!(value > 0 && value < 1)) {
    throw new InvalidArgumentError('Give a number between 0 and 1, both excluded.');
  }
  return value;
}

/** Radius in micrometres of what is drawn around a nucleus. */
export function radius(text: string): number {
  const value = number(text);
  const { min, max } = RADIUS_RANGE_UM;
  if (!(value >= min && value <= max)) {
    throw new InvalidArgumentError(`Give micrometres, ${min} to ${max}.`);
  }
  return value;
}

/** Several values of one option, each once: `--format csv,json` is `--format csv --format json`. */
export function list(text: string, before: readonly string[] | undefined): string[] {
  const items = text.split(',').map((item) => item.trim());
  return [...new Set([...(before ?? []), ...items.filter((item) => item !== '')])];
}
