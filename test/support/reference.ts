/**
 * Recorded outputs of the authors' code. They are not part of the repository: they lie in
 * `../shared/reference` beside it, and tests that need them skip, and say so, where they are not.
 *
 * @module
 */
import { existsSync, readFileSync } from 'node:fs';

/** The JSON file `name` of the reference material, or `undefined` with a warning. */
export function readReference<T>(name: string): T | undefined {
  const file = new URL(`../../../shared/reference/${name}`, import.meta.url);
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as T;
  console.warn(`Skipped: tests against the authors' code (../shared/reference/${name})`);
  return undefined;
}
