import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { UniCellError } from '../../../shared/errors.ts';
import { sampleRecord } from '../../../test/conformance/sample-record.ts';
import { hasRedis, RedisServer } from '../../../test/support/redis-server.ts';
import { SimpleRunner, type SimpleRunnerOptions } from '../../../test/support/simple-runner.ts';
import { tempFolder } from '../../../test/support/temp-folder.ts';
import type { BlobStore } from '../../blobs/blob-store.ts';
import { openFsBlobStore } from '../../blobs/fs-blob-store.ts';
import type { JobRecord, JobStore } from '../job-store.ts';
import { openBullmqStore } from '../store/bullmq-store.ts';
import { openSqliteStore } from '../store/sqlite-store.ts';
import { WorkerLoop, type WorkerLoopOptions } from './worker-loop.ts';

const folder = tempFolder();
let server: RedisServer | undefined;
afterAll(() => server?.stop());

const drivers: Record<string, (name: string) => Promise<JobStore>> = {
  SQLite: async (name) => openSqliteStore(join(folder, `${name}.sqlite`)),
};
if (hasRedis()) {
  drivers.BullMQ = async (name) => {
    server ??= await RedisServer.start(tempFolder());
    return openBullmqStore({ url: server.url, name, sweepMs: 200, onError: () => {} });
  };
}

describe.each(Object.keys(drivers))('nodes on a %s store', (driver) => {
  let stores: [JobStore, JobStore];
  let blobs: BlobStore;
  const loops: WorkerLoop[] = [];
  const errors: unknown[] = [];
  const erased: string[] = [];

  beforeAll(async () => {
    blobs = await openFsBlobStore(join(folder, driver));
    stores = [await drivers[driver]!('loop'), await drivers[driver]!('loop')];
  });
  afterEach(async () => {
    for (const loop of loops.splice(0)) await loop.stop();
    errors.length = 0;
  });
  afterAll(async () => {
    for (const store of stores) await store.close();
  });

  function startNode(
    place: 0 | 1,
    runner: Omit<SimpleRunnerOptions, 'blobs'>,
    options: Partial<WorkerLoopOptions> = {},
  ) {
    const simple = new SimpleRunner({ blobs, ...runner });
    const loop = new WorkerLoop({
      store: stores[place],
      runner: simple,
      node: `node-${place}`,
      leaseMs: 5000,
      firstPauseMs: 20,
      erase: async (jobId) => {
        erased.push(jobId);
      },
      onError: (error) => errors.push(error),
      ...options,
    });
    loops.push(loop);
    loop.start();
    return { loop, runner: simple };
  }
  async function ended(record: JobRecord): Promise<JobRecord> {
    const { id } = record.job;
    await expect
      .poll(async () => (await stores[0].get(id))?.job.status, { timeout: 30_000 })
      .toMatch(/completed|failed/);
    return (await stores[0].get(id))!;
  }
  const nucleiOf = (chunks: number) => (chunks * (chunks + 1)) / 2;

  it('share a job, and neither lose nor double a chunk', async () => {
    const chunks = 40;
    const one = startNode(0, { chunks, chunkMs: 20 });
    const two = startNode(1, { chunks, chunkMs: 20 });
    const { job } = await ended(await stores[0].create(sampleRecord()));
    expect(job).toMatchObject({
      status: 'completed',
      progress: { chunksDone: chunks, nuclei: nucleiOf(chunks) },
    });
    expect([...one.runner.ran, ...two.runner.ran].sort((a, b) => a - b)).toEqual(
      Array.from({ length: chunks }, (_, index) => index),
    );
    expect(one.runner.ran.length).toBeGreaterThan(5);
    expect(two.runner.ran.length).toBeGreaterThan(5);
    await expect.poll(() => stores[1].openTasks(job.id)).toEqual([]);
    expect(errors).toEqual([]);
    const statuses = (await stores[1].events(job.id, 0, 1000)).map(
      ({ data }) => (data as { status: string }).status,
    );
    expect([...new Set(statuses)]).toEqual(['planning', 'running', 'finalizing', 'completed']);
  });

  it('try a chunk again, and give it up after the third failure', async () => {
    const tries = new Map<number, number>();
    startNode(0, {
      chunks: 4,
      failure: ({ kind, chunk }) => {
        if (kind !== 'chunk') return undefined;
        tries.set(chunk, (tries.get(chunk) ?? 0) + 1);
        if (chunk === 1 && tries.get(1)! < 3) return new Error('passes');
        return chunk === 2 ? new Error('stays') : undefined;
      },
    });
    const { job } = await ended(await stores[0].create(sampleRecord()));
    expect(Object.fromEntries(tries)).toEqual({ 0: 1, 1: 3, 2: 3, 3: 1 });
    expect(job).toMatchObject({
      status: 'completed_with_errors',
      progress: { chunksDone: 3 },
      errors: [{ detail: 'stays' }],
    });
    expect(errors).toHaveLength(5);
  });

  it('do not try again what cannot end better', async () => {
    let tries = 0;
    startNode(0, {
      chunks: 1,
      failure: () => {
        tries++;
        return new UniCellError('IMAGE_UNREADABLE', 'This is no slide.');
      },
    });
    const { job } = await ended(await stores[0].create(sampleRecord()));
    expect(job).toMatchObject({ status: 'failed', errors: [{ detail: 'This is no slide.' }] });
    expect(tries).toBe(1);
  });

  it('wait for object storage that is away, without counting that as failures', async () => {
    let tries = 0;
    startNode(0, {
      chunks: 1,
      failure: ({ kind }) =>
        kind === 'chunk' && ++tries < 5
          ? new UniCellError('STORE_UNAVAILABLE', 'The object store does not answer.')
          : undefined,
    });
    const { job } = await ended(await stores[0].create(sampleRecord()));
    expect([job.status, tries]).toEqual(['completed', 5]);
  });

  it('give up a job that has taken its process with it three times, and not one that was drained', async () => {
    const { job } = await stores[0].create(sampleRecord());
    for (let drains = 0; drains < 5; drains++) {
      const lease = await stores[0].lease('drained', 60_000);
      expect(lease).toMatchObject({ jobId: job.id, lost: 0 });
      await stores[0].release(lease!, 0);
    }
    for (let lost = 0; lost < 3; lost++) {
      await expect
        .poll(() => stores[0].lease('dying', 100), { timeout: 20_000 })
        .toMatchObject({ jobId: job.id, lost });
    }
    startNode(0, { chunks: 1 });
    const record = await ended(sampleRecordOf(job));
    expect(record.job).toMatchObject({
      status: 'failed',
      errors: [{ detail: expect.stringContaining('begun 3 times') }],
    });
    expect(errors).toEqual([expect.objectContaining({ code: 'PROCESS_LOST' })]);
  });

  it('give back what they run when they drain, and others begin at once', async () => {
    const slow = startNode(0, { chunks: 3, chunkMs: 60_000 }, { leaseMs: 600_000 });
    const record = await stores[0].create(sampleRecord());
    await expect.poll(() => slow.loop.stats().running, { timeout: 10_000 }).toBe(2);
    const start = Date.now();
    await slow.loop.stop();
    const fast = startNode(1, { chunks: 3 });
    const { job } = await ended(record);
    expect(Date.now() - start).toBeLessThan(20_000);
    expect(job).toMatchObject({ status: 'completed', progress: { chunksDone: 3 } });
    expect([slow.runner.ran, fast.runner.ran.length]).toEqual([[], 3]);
    // Being drained is no failure.
    expect(errors).toEqual([]);
  });

  it('stop when the job is canceled, and erase what they wrote when it is gone', async () => {
    const { loop, runner } = startNode(0, { chunks: 2, chunkMs: 60_000 });
    const { job } = await stores[1].create(sampleRecord());
    await expect.poll(() => loop.stats().running, { timeout: 10_000 }).toBe(2);
    await stores[1].remove(job.id);
    await expect
      .poll(() => loop.stats(), { timeout: 10_000 })
      .toMatchObject({
        running: 0,
        lost: 2,
      });
    expect(runner.ran).toEqual([]);
    expect(erased).toContain(job.id);
  });
});

function sampleRecordOf(job: JobRecord['job']): JobRecord {
  return { ...sampleRecord(), job };
}
