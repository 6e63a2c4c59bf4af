/**
 * `npm run load:edge`: 200 clients for 60 seconds against the bundled Worker with the shipped model, alone
 * in workerd on loopback, and one more that asks for `/livez`. Says how long refusals and `/livez` took. Fails when an answer is wrong, when a refusal is not a 429 or 503 problem with
 * Retry-After, or when the memory of workerd grows. `npm run load:edge -- 300` takes 300 seconds.
 *
 * @module
 */

import { execFileSync } from 'node:child_process';
import sharp from 'sharp';
import { detectionSchema } from '../../shared/api/detect/detection-answer.ts';
import { problemSchema } from '../../shared/api/http/problem.ts';
import { syntheticField } from '../../src-gpu/demo/synthetic/field.ts';
import { startPlainWorkerd } from '../support/plain-workerd.ts';
import { writeReport } from './report.ts';

const CLIENTS = 200;
const DURATION_MS = 1000 * Number(process.argv[2] ?? 60);
const PAUSE_MS = 500;
/** What the last third may hold more than the middle third, and gain by 1000 requests. */
const MOST_RATIO = 1.05;
const MOST_GAIN_MB = 5;

/** Memory at a time, and how many requests had been answered or refused by then. */
interface Sample {
  readonly requests: number;
  readonly rssMb: number;
}

const raster = syntheticField({ width: 256, height: 256, mpp: 0.5, seed: 3 }).raster;
const raw = { width: 256, height: 256, channels: 3 as const };
const png = new Uint8Array(await sharp(raster.data, { raw }).png().toBuffer());
const edge = await startPlainWorkerd({ variables: { UNICELL_ENV: 'local' } });
const first = await send();
const expected = first.text;
if (first.status !== 200) throw new Error(expected);

const refusalMs: number[] = [];
const livenessMs: number[] = [];
const tally = { answered: 0, refused: 0, wrong: 0 };
const samples: Sample[] = [];
const end = Date.now() + DURATION_MS;
const sampling = setInterval(sample, 500);
await Promise.all([...Array.from({ length: CLIENTS }, client), watchLiveness()]);
clearInterval(sampling);
const after = await send();
await edge.close();
if (after.text !== expected) tally.wrong += 1;

const third = Math.floor(samples.length / 3);
const [middle, late] = [samples.slice(third, 2 * third), samples.slice(2 * third)];
const [middleMb, lateMb] = [mean(middle), mean(late)];
const gainMb = gainPerThousand(samples.slice(third));
writeReport(
  'edge-load',
  [
    {
      figures: {
        clients: CLIENTS,
        seconds: DURATION_MS / 1000,
        ...tally,
        refusal_ms_p50: quantile(refusalMs, 0.5),
        refusal_ms_p95: quantile(refusalMs, 0.95),
        livez_ms_p50: quantile(livenessMs, 0.5),
        livez_ms_p95: quantile(livenessMs, 0.95),
        workerd_rss_mb: lateMb,
        rss_last_vs_middle_third: lateMb / middleMb,
        rss_gain_mb_per_1000_requests: gainMb,
      },
    },
  ],
  { wrong: 0, rss_last_vs_middle_third: MOST_RATIO, rss_gain_mb_per_1000_requests: MOST_GAIN_MB },
);
const isFlat = lateMb / middleMb <= MOST_RATIO && gainMb <= MOST_GAIN_MB;
process.exitCode = tally.wrong > 0 || tally.answered === 0 || !isFlat ? 1 : 0;

async function client(): Promise<void> {
  while (Date.now() < end) {
    const start = performance.now();
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
    refusalMs.push(performance.now() - start);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

async function watchLiveness(): Promise<void> {
  while (Date.now() < end) {
    const start = performance.now();
    const response = await fetch(`${edge.url}/livez`);
    if (response.status !== 200) tally.wrong += 1;
    await response.text();
    livenessMs.push(performance.now() - start);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS / 5));
  }
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN;
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

function sample(): void {
  const kib = execFileSync('ps', ['-o', 'rss=', '-p', String(edge.pid)], { encoding: 'utf8' });
  const requests = tally.answered + tally.refused;
  samples.push({ requests, rssMb: (Number(kib) * 1024) / 1e6 });
  if (process.env.TRACE) console.log(samples.length, samples.at(-1));
}

function mean(some: readonly Sample[]): number {
  return some.reduce((sum, { rssMb }) => sum + rssMb, 0) / some.length;
}

/** The slope of a straight line through the samples, by least squares. */
function gainPerThousand(some: readonly Sample[]): number {
  const rss = mean(some);
  const requests = some.reduce((sum, one) => sum + one.requests, 0) / some.length;
  let [over, under] = [0, 0];
  for (const one of some) {
    over += (one.requests - requests) * (one.rssMb - rss);
    under += (one.requests - requests) ** 2;
  }
  return (1000 * over) / under;
}
