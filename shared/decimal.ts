/**
 * Numbers as people write them. `Number` also takes `0x1`, `0b1`, `Infinity` and the empty string, which nobody means by a
 * resolution or a threshold.
 *
 * @module
 */

const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** The number that a text is; undefined for what is none. */
export function parseDecimal(text: string): number | undefined {
  const trimmed = text.trim();
  return DECIMAL.test(trimmed) ? Number(trimmed) : undefined;
}
