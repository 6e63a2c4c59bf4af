/**
 * What options of the command may hold.
 *
 * @module
 */
import { InvalidArgumentError } from 'commander';

/** A number; whether it makes sense is for the code that uses it to say. */
export function number(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || Number.isNaN(value)) throw new InvalidArgumentError('Give a number.');
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

/** A detection threshold. */
export function fraction(text: string): number {
  const value = number(text);
  if (!(value > 0 && value < 1)) {
    throw new InvalidArgumentError('Give a number between 0 and 1, both excluded.');
  }
  return value;
}

/** Several values of one option: `--format csv,json` and `--format csv --format json` are the same. */
export function list(text: string, before: readonly string[] | undefined): string[] {
  const items = text.split(',').map((item) => item.trim());
  return [...(before ?? []), ...items.filter((item) => item !== '')];
}
