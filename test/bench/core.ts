/**
 * `npm run bench:core`: the assignment against scipy's, the merge of a million nuclei, a million nuclei
 * as GeoJSON. Needs python3 with numpy and scipy.
 *
 * @module
 */
import { type PartResult, runPart, writeReport } from './report.ts';

const part = (name: string, runs?: number): PartResult => {
  console.log(`${name} ...`);
  return runPart(new URL(`./core/${name}.ts`, import.meta.url), runs);
};
writeReport('core', [part('assignment'), part('merge', 5), part('geojson', 5)], {
  assignment_vs_scipy: 1,
  merge_1m_s: 2,
  geojson_1m_rss_mb: 200,
});
