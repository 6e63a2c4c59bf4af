/**
 * `npm run quantise [-- MODEL]`: everything between a newly exported model (default `models/compact`) and its
 * int8 variant: quantises it, compares it with fp32 on val and on the test splits, and writes what it
 * reaches there into the card. Needs what `bench:quantisation` needs.
 *
 * @module
 */

import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { quantise } from './quantisation/quantise.ts';

const model = resolve(
  process.argv[2] ?? fileURLToPath(new URL('../../models/compact', import.meta.url)),
);
const parity = (...options: string[]) =>
  execFileSync(
    process.execPath,
    [fileURLToPath(new URL('./parity.ts', import.meta.url)), '--model', model, ...options],
    { stdio: 'inherit' },
  );

quantise(model);
parity('--split', 'val', '--update-card');
parity('--update-card');
