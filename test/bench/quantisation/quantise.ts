/** Calls the Python package's quantisation. */

import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { data } from './settings.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** Runs `python -m unicell.quantise` on a model's folder. */
export function quantise(model: string, ...options: string[]): void {
  execFileSync('python3', ['-m', 'unicell.quantise', model, '--data', data, ...options], {
    env: { ...process.env, PYTHONPATH: `${root}/models` },
    stdio: 'inherit',
  });
}
