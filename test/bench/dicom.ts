/**
 * `npm run bench:dicom`: annotations of 100,000 nuclei by our writer and by dcmjs, and of a million streamed to
 * a file.
 *
 * @module
 */
import { type PartResult, runPart, writeReport } from './report.ts';

const part = (name: string, runs: number): PartResult => {
  console.log(`${name} ...`);
  return runPart(new URL(`./dicom/${name}.ts`, import.meta.url), runs);
};
writeReport('dicom', [part('annotations', 5), part('million', 5)], {
  ann_100k_first_ms: 200,
  ann_100k_ms: 200,
  ann_1m_rss_mb: 200,
});
