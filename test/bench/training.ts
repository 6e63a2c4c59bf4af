/**
 * `npm run bench:training`: a training step on the CPU with the compiled kernel for deformable attention, against
 * the same step with `grid_sample`. Needs Python with the packages of models/[dev], g++ and ninja.
 *
 * @module
 */
import { findPython } from '../support/python.ts';
import { type PartResult, writeReport } from './report.ts';

const python = findPython();
if (!python) throw new Error('No Python with the packages of models/[dev,export].');
const parts = ['compact', 'base'].map((preset) => {
  console.log(`${preset} ...`);
  const output = python('bench/training_step.py', preset);
  return JSON.parse(output.trimEnd().split('\n').at(-1)!) as PartResult;
});
writeReport('training', parts, { compact_vs_grid_sample: 1, base_vs_grid_sample: 1 });
