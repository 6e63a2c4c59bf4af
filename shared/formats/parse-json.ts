import { UniCellError } from '../errors.ts';

/**
 * Parses JSON.
 *
 * @throws {UniCellError} `POINTS_INVALID` with the parser's reason.
 */
export function parseJson(text: string, origin: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UniCellError('POINTS_INVALID', `${origin} is not JSON: ${reason}`, { cause });
  }
}

/** A member of an object, or `undefined` of anything else. */
export function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null
    ? (value as Record<string, unknown>)[name]
    : undefined;
}
