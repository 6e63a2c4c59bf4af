/**
 * `npm run quantise [-- MODEL]`: everything between a newly exported model (default `models/compact`) and its
 * int8 variant: quantises it, compares it with fp32 on val, unless it has learned from that, and on the test splits, and
 * writes what it reaches there into the card. Needs what `bench:quantisation` needs.
 *
 * @module
 */

import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findModel } from '../../src-gpu/engine/model-store.ts';
import { quantise } from './quantisation/quantise.ts';

const model = resolve(
  process.argv[2] ?? fileURLToPath(new URL('../../models/compact', import.meta.url)),
);
quantise(model);
const { card } = await findModel(model);
for (const split of ['val', 'test']) {
  if (card.training.splits?.some((learned) => learned === split)) continue;
  const program = fileURLToPath(new URL('./parity.ts', import.meta.url));
  const options = ['--model', model, '--split', split, '--update-card'];
  // Where one split differs by too much, the other is still worth knowing.
  const { status } = spawnSync(process.execPath, [program, ...options], { stdio: 'inherit' });
  if (status !== 0) process.exitCode = 1;
}
