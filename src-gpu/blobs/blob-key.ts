import { UniCellError } from '../../shared/errors.ts';

const SEGMENT = /^[A-Za-z0-9_-][A-Za-z0-9._-]*$/;

/**
 * Checks a key before it becomes a path or a URL.
 *
 * @throws {UniCellError} `INTERNAL`: keys are made by the service and never by callers.
 */
export function checkKey(key: string): void {
  const isSafe = key.length <= 512 && key.split('/').every((segment) => SEGMENT.test(segment));
  if (!isSafe) {
    throw new UniCellError(
      'INTERNAL',
      `The blob key ${JSON.stringify(key.slice(0, 100))} is not safe: keys are segments of letters, digits, ".", "_" and "-" that do not begin with ".", with "/" between them.`,
    );
  }
}

/** Checks a prefix: a key, or one that ends with `/`. */
export function checkPrefix(prefix: string): void {
  checkKey(prefix.endsWith('/') ? prefix.slice(0, -1) : prefix);
}
