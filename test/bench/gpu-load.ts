/**
 * `npm run load:gpu`: 50 clients with small images, first alone, then beside three slide jobs, then
 * 2,000 requests in a row; against the service with the shipped model in a process of its own, on
 * loopback. Fails when an answer is wrong, when jobs slow the clients too much, or when memory grows.
 *
 * @module
 */

import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { detectionSchema } from '../../shared/api/detect/detection-answer.ts';
import { jobSchema } from '../../shared/api/jobs/job-schemas.ts';
import { type LoadImage, loadImages, loadSlide } from './gpu-load/images.ts';
import { startServiceProcess } from './gpu-load/service-process.ts';
import { writeReport } from './report.ts';

const CLIENTS = 50;
const ALONE_MS = 120_000;
const BESIDE_MS = 120_000;
/** Mean pause of a client between two images, as of somebody who looks at each. */
const PAUSE_MS = 30_000;
const REQUESTS = 2000;
const AT_ONCE = 4;
const SLIDES = 3;

const service = await startServiceProcess();
const images = await loadImages();
const tally = { answered: 0, refused: 0, wrong: 0 };
/** Windows of answers. */
let answeredWindows = 0;
const expected = new Map<LoadImage, number>();
for (const image of images) expected.set(image, (await ask(image)).count);
tally.answered = 0;

const alone = await clients(ALONE_MS);
const jobs = await submitJobs(await loadSlide(join(service.folder, 'slide.tif')));
const before = (await modelWindows()) - answeredWindows;
const beside = await clients(BESIDE_MS);
const jobWindows = (await modelWindows()) - answeredWindows - before;
await cancelJobs(jobs);
const early = await requests(REQUESTS / 4);
const late = await requests(REQUESTS * (3 / 4));
await service.stop();

const p95Ratio = quantile(beside, 0.95) / quantile(alone, 0.95);
writeReport(
  'gpu-load',
  [
    {
      figures: {
        clients: CLIENTS,
        pause_s: PAUSE_MS / 1000,
        slide_jobs: SLIDES,
        seconds_beside_jobs: BESIDE_MS / 1000,
        ...tally,
        idle_p50_ms: quantile(alone, 0.5),
        idle_p95_ms: quantile(alone, 0.95),
        beside_jobs_p50_ms: quantile(beside, 0.5),
        beside_jobs_p95_ms: quantile(beside, 0.95),
        p95_beside_jobs_vs_idle: p95Ratio,
        job_windows_per_s: jobWindows / (BESIDE_MS / 1000),
        leak_requests: REQUESTS,
        rss_mb: late,
        rss_ratio_late_early: late / early,
      },
      versions: { model: service.model },
    },
  ],
  { p95_beside_jobs_vs_idle: 3, rss_ratio_late_early: 1.1, wrong: 0 },
);
process.exitCode = tally.wrong > 0 || p95Ratio > 3 || late / early > 1.1 ? 1 : 0;

/** All clients for a while. @returns Milliseconds of every answer. */
async function clients(durationMs: number): Promise<number[]> {
  const end = Date.now() + durationMs;
  const times: number[] = [];
  const one = async (client: number) => {
    // Spread out, and the same pauses in every phase.
    await sleep((client / CLIENTS) * PAUSE_MS);
    for (let i = 0; Date.now() < end; i++) {
      const image = images[(client + i) % images.length]!;
      times.push((await ask(image)).ms);
      await sleep(PAUSE_MS * (0.5 + ((client * 7 + i * 3) % 11) / 10));
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, (_, client) => one(client)));
  return times;
}

/** Many requests without a pause. @returns Memory of the service afterwards, in MB. */
async function requests(count: number): Promise<number> {
  let left = count;
  const one = async () => {
    while (left-- > 0) await ask(images[0]!);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
  return service.rssMb();
}

async function ask(image: LoadImage): Promise<{ ms: number; count: number }> {
  const startedMs = performance.now();
  const response = await fetch(`${service.url}/v1/detect?mpp=0.5&dataset=consep`, {
    method: 'POST',
    headers: { 'content-type': image.type },
    body: image.file,
  });
  const text = await response.text();
  const ms = performance.now() - startedMs;
  if (response.status === 503 || response.status === 429) {
    tally.refused += 1;
    return { ms, count: 0 };
  }
  const answer = detectionSchema.safeParse(JSON.parse(text));
  const count = answer.data?.datasets[0]?.total.count ?? -1;
  // Windows of others in the batch change the last bits of a score, and with them who is above a threshold.
  const isRight = Math.abs(count - (expected.get(image) ?? count)) <= 1 && count >= 0;
  tally[isRight ? 'answered' : 'wrong'] += 1;
  answeredWindows += answer.data?.windows ?? 0;
  return { ms, count };
}

async function submitJobs(slide: Blob): Promise<string[]> {
  const ids: string[] = [];
  for (let i = 0; i < SLIDES; i++) {
    const response = await fetch(`${service.url}/v1/jobs?mpp=0.5&dataset=consep&tissue=none`, {
      method: 'POST',
      body: slide,
    });
    ids.push(jobSchema.parse(await response.json()).id);
  }
  return ids;
}

async function cancelJobs(ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    const response = await fetch(`${service.url}/v1/jobs/${id}/cancel`, { method: 'POST' });
    if (!response.ok) throw new Error('A job ended before the clients did: make the slide larger.');
  }
}

/** Windows that the model has run, of answers and jobs. */
async function modelWindows(): Promise<number> {
  const text = await (await fetch(`${service.url}/metrics`)).text();
  return Number(/^unicell_windows_total (\d+)$/m.exec(text)?.[1]);
}

function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))]!;
}
