/**
 * What the stores of jobs cost: `node store.ts sqlite|bullmq`. Everything that a node asks of a store for one
 * chunk (lease, record, renewal, outcome with two events, end), with two at once as in a service; what a
 * new job takes; and what a job of 60 chunks leaves in Redis.
 *
 * @module
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { jobOptionsSchema } from '../../../shared/api/jobs/job-schemas.ts';
import type { JobStore } from '../../../src-gpu/jobs/job-store.ts';
import { newRecord } from '../../../src-gpu/jobs/new-record.ts';
import { openBullmqStore } from '../../../src-gpu/jobs/store/bullmq-store.ts';
import { openSqliteStore } from '../../../src-gpu/jobs/store/sqlite-store.ts';
import { RedisServer } from '../../support/redis-server.ts';
import { installedVersion, printPart } from '../report.ts';

const JOBS = 200;
const TASKS = 2000;
const CHUNKS = 60;
const AT_ONCE = 2;

const kind = process.argv[2];
const folder = mkdtempSync(join(tmpdir(), 'unicell-bench-'));
const server = kind === 'bullmq' ? await RedisServer.start(folder) : undefined;
const store: JobStore = server
  ? openBullmqStore({ url: server.url, onError: console.error })
  : openSqliteStore(join(folder, 'jobs.sqlite'));
try {
  await store.lease('warm-up', 1000);
  const figures = { ...(await timeJobs()), ...(await timeTasks()), ...(await memoryOfJobs()) };
  const named = Object.entries(figures).map(([name, value]) => [`${kind}_${name}`, value]);
  const versions = server
    ? { bullmq: installedVersion('bullmq'), ioredis: installedVersion('ioredis') }
    : {};
  printPart({ figures: Object.fromEntries(named), versions });
} finally {
  await store.close();
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
}

function record() {
  return newRecord({
    callerId: 'bench',
    options: jobOptionsSchema.parse({}),
    source: { type: 'path', path: '/slides/a.svs' },
    label: 'a.svs',
    idempotency: null,
  });
}

async function timeJobs() {
  const start = performance.now();
  for (let i = 0; i < JOBS; i++) await store.create(record());
  const ms = (performance.now() - start) / JOBS;
  for (const { job } of (await store.list({ limit: JOBS })).records) await store.remove(job.id);
  return { job_ms: ms };
}

async function timeTasks() {
  const jobId = await jobWithChunks(TASKS);
  const start = performance.now();
  await Promise.all(Array.from({ length: AT_ONCE }, () => work()));
  const ms = (performance.now() - start) / TASKS;
  await store.remove(jobId);
  return { task_ms: ms, tasks_per_s: 1000 / ms };
}

async function memoryOfJobs() {
  if (!server) return {};
  const redis = new Redis(server.url);
  const used = async () => Number(/used_memory:(\d+)/.exec(await redis.info('memory'))![1]);
  const before = await used();
  const jobId = await jobWithChunks(TASKS);
  const waiting = (await used()) - before;
  await store.remove(jobId);
  const empty = await used();
  for (let i = 0; i < JOBS; i++) {
    await jobWithChunks(CHUNKS);
    await work();
  }
  const kept = (await used()) - empty;
  redis.disconnect();
  return { waiting_chunk_kb: waiting / TASKS / 1000, kept_job_kb: kept / JOBS / 1000 };
}

async function jobWithChunks(count: number): Promise<string> {
  const { job } = await store.create(record());
  await store.dropTasks(job.id);
  const { id: jobId, attempt } = job;
  await store.enqueue(
    Array.from({ length: count }, (_, chunk) => {
      return { jobId, attempt, kind: 'chunk', chunk, priority: 5 } as const;
    }),
  );
  return jobId;
}

async function work(): Promise<void> {
  for (;;) {
    const lease = await store.lease('bench', 60_000);
    if (lease === undefined) return;
    await store.get(lease.jobId);
    await store.renew(lease, 60_000);
    await store.update(
      lease.jobId,
      (one) => {
        const { progress } = one.job;
        const changed = { ...progress, chunksDone: progress.chunksDone + 1 };
        return { ...one, job: { ...one.job, progress: changed } };
      },
      ({ job }) => [
        {
          type: 'chunk',
          data: {
            chunk: lease.chunk,
            region: { x: 0, y: 0, width: 8192, height: 8192 },
            nuclei: 9,
          },
        },
        { type: 'progress', data: job.progress },
      ],
    );
    await store.complete(lease);
  }
}
