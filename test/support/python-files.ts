/**
 * Python with the packages that write and read the files of other programs: `models[files]`.
 *
 * @module
 */
import { findPython, type Python } from './python.ts';

/**
 * @param modules What the script imports.
 * @param missed What is not tested without them.
 * @returns `undefined` where they are not installed; says so.
 */
export function pythonWith(modules: readonly string[], missed: string): Python | undefined {
  const python = findPython(modules);
  if (python === undefined) {
    console.warn(`SKIPPED: no Python with ${modules.join(', ')} (models[files]), so ${missed}.`);
  }
  return python;
}
