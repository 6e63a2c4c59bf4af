/**
 * `npm run bench:jobs`: what the stores of jobs cost per job and per chunk. Needs `redis-server`.
 *
 * @module
 */
import { runPart, writeReport } from './report.ts';

const script = new URL('./jobs/store.ts', import.meta.url);
writeReport('jobs', [runPart(script, 3, ['sqlite']), runPart(script, 3, ['bullmq'])]);
