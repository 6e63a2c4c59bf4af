/**
 * `npm run load:edge`: 200 clients for 60 seconds against the Worker with the shipped model, on
 * loopback. Fails when an answer is wrong, or a refusal is not a 429 or 503 problem with Retry-After.
 *
 * @module
 */

import { execFileSync } from 'node:child_process';
import sharp from 'sharp';
import { detectionSchema } from '../../shared/api/detection-answer.ts';
import { problemSchema } from '../../shared/api/problem.ts';
import { syntheticField } from '../../shared/synthetic/field.ts';
import { startEdge } from '../support/start-edge.ts';
import { writeReport } from './report.ts';

const CLIENTS = 200;
const DURATION_MS = 60_000;
const PAUSE_MS = 500;

const raster = syntheticField({ width: 256, height: 256, mpp: 0.5, seed: 3 }).raster;
const raw = { width: 256, height: 256, channels: 3 as const };
const png = new Uint8Array(await sharp(raster.data, { raw }).png().toBuffer());
const edge = await startEdge({
  variables: { UNICELL_ENV: 'local' },
  rateLimit: { limit: 1_000_000, period: 60 },
});
const first = await send();
const expected = first.text;
if (first.status !== 200) throw new Error(expected);

const tally = { answered: 0, refused: 0, wrong: 0 };
const end = Date.now() + DURATION_MS;
const clients = Array.from({ length: CLIENTS }, client);
await new Promise((resolve) => setTimeout(resolve, DURATION_MS / 3));
const earlyRss = workerdRssMb();
await Promise.all(clients);
const lateRss = workerdRssMb();
const after = await send();
await edge.close();
if (after.text !== expected) tally.wrong += 1;

writeReport('edge-load', [
  {
    figures: {
      clients: CLIENTS,
      seconds: DURATION_MS / 1000,
      ...tally,
      workerd_rss_mb: lateRss,
      rss_ratio_late_early: lateRss / earlyRss,
    },
  },
]);
process.exitCode = tally.wrong > 0 || tally.answered === 0 || lateRss / earlyRss > 1.25 ? 1 : 0;

async function client(): Promise<void> {
  while (Date.now() < end) {
    const { status, headers, text } = await send();
    if (status === 200) {
      detectionSchema.parse(JSON.parse(text));
      tally[text === expected ? 'answered' : 'wrong'] += 1;
      continue;
    }
    const problem = problemSchema.safeParse(JSON.parse(text));
    const isProper =
      problem.success && [429, 503].includes(status) && headers.get('retry-after') !== null;
    tally[isProper ? 'refused' : 'wrong'] += 1;
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

async function send() {
  const response = await fetch(`${edge.url}/v1/detect?mpp=0.5&dataset=consep`, {
    method: 'POST',
    headers: { 'content-type': 'image/png' },
    body: png,
  });
  const { status, headers } = response;
  return { status, headers, text: await response.text() };
}

/** Memory of the workerd processes that this process started, in MB. */
function workerdRssMb(): number {
  const processes = execFileSync('ps', ['-eo', 'pid=,ppid=,rss=,comm='], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/));
  const family = new Set([String(process.pid)]);
  for (const [pid, parent] of processes) {
    if (family.has(parent!)) family.add(pid!);
  }
  const own = processes.filter(([pid, , , name]) => family.has(pid!) && name === 'workerd');
  return own.reduce((sum, [, , rss]) => sum + (Number(rss) * 1024) / 1e6, 0);
}
