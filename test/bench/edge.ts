/**
 * `npm run bench:edge`: the Worker with the shipped model in workerd, against ONNX Runtime's native CPU
 * provider with the fp32 model on one thread and against the model of the last release, in the same run.
 *
 * @module
 */

import { type PartResult, runPart, writeReport } from './report.ts';

const part = (name: string): PartResult => {
  console.log(`${name} ...`);
  return runPart(new URL(`./edge/${name}.ts`, import.meta.url));
};
const [latency, released, bundle, memory] = ['latency', 'released', 'bundle', 'memory'].map(part);
writeReport('edge', [latency!, released!, bundle!, memory!], {
  window_vs_native_fp32: 4,
  picture512_vs_window: 9,
  cold_start_ms: 4 * latency!.figures.warm_window_ms! + 600,
  heap_mb: 80,
  memory_mb: 110,
  bundle_gzip_mb: 5,
});
