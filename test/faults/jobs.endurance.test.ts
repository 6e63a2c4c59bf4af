/**
 * Jobs whose nodes, or whose Redis, are killed, stopped and started again: nothing is lost, nothing is
 * doubled, and the files are those of a run that nobody disturbed.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Caller } from '../../shared/api/http/caller.ts';
import { type Job, jobRequestSchema } from '../../shared/api/jobs/job-schemas.ts';
import type { Jobs } from '../../src-gpu/service/open-jobs.ts';
import { cellPyramid } from '../support/pyramid.ts';
import { hasRedis, RedisServer } from '../support/redis-server.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { writeTinyModel } from '../support/tiny-model.ts';
import { type Death, type JobNodeOptions, openTestNode } from './job-node.ts';

const KILLS = 20;
const AWAY_MS = 60_000;
const caller: Caller = { id: 'tester', scopes: ['jobs'] };
const script = fileURLToPath(new URL('job-node.ts', import.meta.url));
const root = tempFolder();
const slideFolder = join(root, 'slides');
const model = join(root, 'tiny');
const children = new Set<ChildProcess>();
const closing: (() => Promise<void>)[] = [];

let undisturbed: Job;
beforeAll(async () => {
  mkdirSync(slideFolder);
  await writeTinyModel(model);
  await cellPyramid(slideFolder, 3000, 2200);
  const jobs = await openParent({ works: true });
  undisturbed = await ended(jobs, await begin(jobs));
  expect(undisturbed).toMatchObject({ status: 'completed', errors: [] });
  expect(undisturbed.progress.chunksTotal).toBeGreaterThan(150);
});
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  for (const close of closing) await close();
});

let folders = 0;
type Place = Omit<JobNodeOptions, 'works' | 'dies'>;
function newPlace(redisUrl?: string): Place {
  const dataFolder = join(root, `data-${folders++}`);
  return { dataFolder, model, slideFolder, ...(redisUrl === undefined ? {} : { redisUrl }) };
}

/** The test's own view of the stores; it runs no tasks unless it is asked to. */
async function openParent({ works = false, place = newPlace() } = {}): Promise<Jobs> {
  const jobs = await openTestNode({ ...place, works });
  closing.push(jobs.close);
  return jobs;
}

async function startNode(place: Place, dies?: Death): Promise<ChildProcess> {
  const options = { ...place, works: true, dies };
  const child = spawn(process.execPath, [script, JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.add(child);
  await Promise.race([once(child.stdout!, 'data'), once(child, 'exit')]);
  return child;
}

/** Runs a node until it kills itself. */
async function die(place: Place, dies: Death): Promise<void> {
  const child = await startNode(place, dies);
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  expect(child.signalCode).toBe('SIGKILL');
  children.delete(child);
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const exit = once(child, 'exit');
  child.kill(signal);
  await exit;
  children.delete(child);
}

async function begin({ service }: Jobs): Promise<string> {
  const request = jobRequestSchema.parse({
    source: { type: 'path', path: 'cells.tif' },
    dataset: ['consep', 'ocelot'],
    mpp: 0.5,
    tissue: 'none',
    exports: ['csv', 'json'],
  });
  const { id } = await service.create(request, { caller, idempotencyKey: undefined });
  return id;
}

async function ended({ service }: Jobs, id: string): Promise<Job> {
  for (;;) {
    const job = await service.wait(id, caller, 60_000, AbortSignal.timeout(60_000));
    if (job.finishedAt !== null) return job;
  }
}

async function chunksReach({ service }: Jobs, id: string, count: number): Promise<number> {
  for (;;) {
    const { progress, finishedAt } = await service.get(id, caller);
    if (progress.chunksDone >= count || finishedAt !== null) return progress.chunksDone;
    await sleep(10);
  }
}

/** A process that stands still within a write to SQLite holds its lock, and nobody can go on. */
async function stopBetweenWrites(node: ChildProcess, { store }: Jobs): Promise<void> {
  for (;;) {
    node.kill('SIGSTOP');
    const isFree = await store.check().then(
      () => true,
      () => false,
    );
    if (isFree) return;
    node.kill('SIGCONT');
    await sleep(5);
  }
}

/** What of a job must be the same whatever happened to it. */
function outcomeOf({ status, planHash, progress, results, exports, errors }: Job) {
  const { etaSeconds: _, ...counts } = progress;
  return { status, planHash, counts, results, exports, errors };
}

async function expectUndisturbed(jobs: Jobs, id: string): Promise<void> {
  const job = await ended(jobs, id);
  expect(outcomeOf(job)).toEqual(outcomeOf(undisturbed));
  await expect.poll(() => jobs.store.openTasks(id), { timeout: 20_000 }).toEqual([]);
}

describe('a job', () => {
  it(`survives that its node is killed ${KILLS} times`, async () => {
    const place = newPlace();
    const jobs = await openParent({ place });
    const id = await begin(jobs);
    let done = 0;
    for (let kills = 0; kills < KILLS; kills++) {
      const node = await startNode(place);
      done = await chunksReach(jobs, id, done + 1);
      await sleep(Math.random() * 100);
      await end(node, 'SIGKILL');
    }
    const { finishedAt, progress } = await jobs.service.get(id, caller);
    expect(finishedAt, `after ${progress.chunksDone} chunks`).toBeNull();
    await startNode(place);
    await expectUndisturbed(jobs, id);
  });

  it(`survives ${KILLS} deaths of its node, between chunks and inside of them`, async () => {
    const place = newPlace();
    const jobs = await openParent({ place });
    const id = await begin(jobs);
    const deaths: Death[] = [
      { at: 'plan', count: 1 },
      // Every other time with a chunk written and nothing told of it, else in the middle of one.
      ...Array.from({ length: KILLS - 3 }, (_, i) => ({
        at: i % 2 === 0 ? ('run' as const) : ('chunk' as const),
        count: 1 + (i % 5),
      })),
    ];
    for (const dies of deaths) await die(place, dies);
    const { finishedAt, progress } = await jobs.service.get(id, caller);
    expect(finishedAt, `after ${progress.chunksDone} chunks`).toBeNull();
    await die(place, { at: 'merge', count: 1 });
    await die(place, { at: 'export', count: 1 });
    expect((await jobs.service.get(id, caller)).status).toBe('finalizing');
    await startNode(place);
    await expectUndisturbed(jobs, id);
  });

  it('is shared by two nodes, one of which is killed and one drained', async () => {
    const place = newPlace();
    const jobs = await openParent({ place });
    const [killed, drained] = await Promise.all([startNode(place), startNode(place)]);
    const id = await begin(jobs);
    const done = await chunksReach(jobs, id, 10);
    await end(killed, 'SIGKILL');
    await chunksReach(jobs, id, done + 10);
    await end(drained, 'SIGTERM');
    expect((await jobs.service.get(id, caller)).finishedAt).toBeNull();
    await Promise.all([startNode(place), startNode(place)]);
    await expectUndisturbed(jobs, id);
  });

  it('goes on when a node stands still past its lease, and is not disturbed when it wakes', async () => {
    const place = newPlace();
    const jobs = await openParent({ place });
    const still = await startNode(place);
    const id = await begin(jobs);
    await chunksReach(jobs, id, 5);
    await stopBetweenWrites(still, jobs);
    expect((await jobs.service.get(id, caller)).finishedAt).toBeNull();
    await startNode(place);
    await expectUndisturbed(jobs, id);
    const before = await jobs.store.get(id);
    still.kill('SIGCONT');
    await sleep(3000);
    expect(await jobs.store.get(id)).toEqual(before);
    await end(still, 'SIGTERM');
  });
});

describe.skipIf(!hasRedis())('a job in Redis', () => {
  it('survives that Redis is killed and gone for a minute', async () => {
    const server = await RedisServer.start(tempFolder());
    closing.unshift(() => server.stop());
    const place = newPlace(server.url);
    const jobs = await openParent({ place });
    await Promise.all([startNode(place), startNode(place)]);
    const id = await begin(jobs);
    await chunksReach(jobs, id, 20);
    await server.stop();
    await expect(jobs.service.get(id, caller)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await sleep(AWAY_MS);
    await server.start();
    await expect
      .poll(
        () =>
          jobs.store.check().then(
            () => 'well',
            () => 'away',
          ),
        { timeout: 20_000 },
      )
      .toBe('well');
    await expectUndisturbed(jobs, id);
  });

  it('survives that its node stands still past its lease', async () => {
    const server = await RedisServer.start(tempFolder());
    closing.unshift(() => server.stop());
    const place = newPlace(server.url);
    const jobs = await openParent({ place });
    const still = await startNode(place);
    const id = await begin(jobs);
    await chunksReach(jobs, id, 5);
    still.kill('SIGSTOP');
    await startNode(place);
    await expectUndisturbed(jobs, id);
    const before = await jobs.store.get(id);
    still.kill('SIGCONT');
    await sleep(3000);
    expect(await jobs.store.get(id)).toEqual(before);
    await end(still, 'SIGTERM');
  });
});
