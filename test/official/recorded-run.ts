/**
 * Has Python convert the reference checkpoint, once for all tests of this folder: see
 * models/tests/recorded_run.py.
 *
 * @module
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { findPython } from '../support/python.ts';
import { readReferenceArrays } from '../support/reference.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The folder with what Python wrote; absent where it or the reference is. */
    readonly recordedRun: string | undefined;
  }
}

export default function setup(project: TestProject): (() => void) | undefined {
  project.provide('recordedRun', undefined);
  if (!readReferenceArrays('small_256_compact.npz')) return undefined;
  const python = findPython();
  if (!python) {
    console.warn('Skipped: the converted model; no Python has the packages of models/[dev,export]');
    return undefined;
  }
  const shared = process.env.UNICELL_RECORDED_RUN;
  const folder = shared ?? mkdtempSync(join(tmpdir(), 'unicell-official-'));
  const remove = () => shared ?? rmSync(folder, { recursive: true });
  try {
    python('tests/recorded_run.py', folder);
  } catch (error) {
    remove();
    throw error;
  }
  project.provide('recordedRun', folder);
  return remove;
}
