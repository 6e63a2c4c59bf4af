/**
 * `npm run bench:formats`: a million nuclei in every format, streamed to a file as a job exports them. For each
 * the time, the most memory of the process that wrote it, and the size.
 *
 * @module
 */
import { FORMATS } from '../../shared/formats/registry.ts';
import { runPart, writeReport } from './report.ts';

const part = new URL('./formats/write.ts', import.meta.url);
const formats = FORMATS.filter(({ needsDicom }) => !needsDicom);
const results = formats.map(({ id }) => {
  console.log(`${id} ...`);
  return runPart(part, 3, [id]);
});
const goals = formats.map(({ id }) => [`${id.replaceAll('-', '_')}_rss_mb`, 200] as const);
writeReport('formats', results, Object.fromEntries(goals));
