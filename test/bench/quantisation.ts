/**
 * `npm run bench:quantisation [-- MODEL]`: every way to quantise a model (default `models/compact`),
 * measured in workerd and scored on the val splits. Needs python3 with the package's `export` extra, and
 * the labelled images in `UNICELL_DATA` or `../shared/data`.
 *
 * @module
 */

import { rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { quantise } from './quantisation/quantise.ts';
import { folder } from './quantisation/settings.ts';
import { type PartResult, runPart, writeReport } from './report.ts';

const model = resolve(
  process.argv[2] ?? fileURLToPath(new URL('../../models/compact', import.meta.url)),
);
rmSync(folder, { recursive: true, force: true });
quantise(model, '--all', '--out', folder);
const part = (name: string): PartResult => {
  console.log(`${name} ...`);
  return runPart(new URL(`./quantisation/${name}.ts`, import.meta.url));
};
writeReport('quantisation', [part('workers'), part('scores')]);
