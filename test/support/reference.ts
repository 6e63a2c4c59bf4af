/**
 * Recorded outputs of the authors' code. They are not part of the repository: they lie in
 * `../shared/reference` beside it, and tests that need them skip, and say so, where they are not.
 *
 * @module
 */
import { existsSync, readFileSync } from 'node:fs';
import { type NpyArray, readNpz } from './npz.ts';

/** The JSON file `name` of the reference material, or `undefined` with a warning. */
export function readReference<T>(name: string): T | undefined {
  const bytes = readBytes(name);
  return bytes && (JSON.parse(bytes.toString()) as T);
}

/** The arrays of the `.npz` file `name` of the reference material, or `undefined` with a warning. */
export function readReferenceArrays(name: string): Map<string, NpyArray> | undefined {
  const bytes = readBytes(name);
  return bytes && readNpz(bytes);
}

function readBytes(name: string): Buffer | undefined {
  const file = new URL(`../../../shared/reference/${name}`, import.meta.url);
  if (existsSync(file)) return readFileSync(file);
  console.warn(`Skipped: tests against the authors' code (../shared/reference/${name})`);
  return undefined;
}
