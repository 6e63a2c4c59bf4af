/**
 * `npm run bench:memory`: whether the memory of a job grows with its slide. Takes half an hour on two cores; the model has a
 * share in what is held, none in what grows.
 *
 * @module
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeEndlessSlide } from './pipeline/endless-slide.ts';
import { PIPELINE } from './pipeline/settings.ts';
import { type Figures, installedVersion, runPart, writeReport } from './report.ts';

/** About as many as the large slide has: a process that has worked for longer holds more. */
const WINDOWS = 50_000;

const folder = mkdtempSync(join(tmpdir(), 'unicell-bench-'));
try {
  const small = await measure('small', 10_000, 10_000);
  const large = await measure('large', 100_000, 80_000);
  const figures = {
    rss_ratio_large_small: large.rss_mb! / small.rss_mb!,
    rss_small_mb: small.rss_mb!,
    rss_large_mb: large.rss_mb!,
    small_jobs: small.jobs!,
    large_windows: large.windows!,
    large_nuclei: large.nuclei!,
  };
  const versions = {
    model: `${PIPELINE.model}/fp32`,
    'onnxruntime-node': installedVersion('onnxruntime-node'),
    sharp: installedVersion('sharp'),
  };
  writeReport('memory', [{ figures, versions }], { rss_ratio_large_small: 1.15 });
} finally {
  rmSync(folder, { recursive: true });
}

/** Runs jobs on a slide of so many pixels in a process of its own. */
async function measure(name: string, width: number, height: number): Promise<Figures> {
  const path = join(folder, `${name}.tif`);
  await writeEndlessSlide(path, { width, height });
  console.log(`${width} x ${height} ...`);
  const script = new URL('./pipeline/memory.ts', import.meta.url);
  return runPart(script, 1, [path, String(WINDOWS)]).figures;
}
