/** Results of finished jobs that are damaged on the disk, each kind of file in each way. */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Caller } from '../../shared/api/http/caller.ts';
import { type Job, jobRequestSchema } from '../../shared/api/jobs/job-schemas.ts';
import { openTestJobs } from '../../test/support/job-node.ts';
import { cellPyramid } from '../../test/support/pyramid.ts';
import { tempFolder } from '../../test/support/temp-folder.ts';
import { writeTinyModel } from '../../test/support/tiny-model.ts';
import type { EngineHost } from '../engine/engine-host.ts';
import { openEngineHost } from '../engine/open-engine-host.ts';
import type { Jobs } from '../service/open-jobs.ts';

const root = tempFolder();
const slides = join(root, 'slides');
const slide = join(slides, 'cells.tif');
const caller: Caller = { id: 'alice', scopes: ['jobs'] };
const log: string[] = [];
let host: EngineHost;
let jobs: Jobs;
let job: Job;

beforeAll(async () => {
  mkdirSync(slides);
  await cellPyramid(slides, 900, 700);
  await writeTinyModel(join(root, 'tiny'));
  host = await openEngineHost({ model: join(root, 'tiny'), ep: 'cpu', threads: 1 });
  await reopen();
});
afterAll(async () => {
  await jobs?.close();
  await host?.close();
});

async function reopen(): Promise<void> {
  await jobs?.close();
  jobs = await openTestJobs(root, {
    host,
    slideFolders: [slides],
    maxOpenJobs: 3,
    onError: (error, { kind }) => log.push(`${kind}: ${(error as Error).message}`),
  });
}

beforeEach(async () => {
  log.length = 0;
  const request = jobRequestSchema.parse({
    source: { type: 'path', path: 'cells.tif' },
    dataset: 'consep',
    mpp: 0.5,
    tissue: 'none',
    exports: ['csv'],
  });
  const { id } = await jobs.service.create(request, { caller, idempotencyKey: undefined });
  job = await jobs.service.wait(id, caller, 60_000, AbortSignal.timeout(60_000));
  expect(job).toMatchObject({ status: 'completed', warnings: [] });
});

const folder = () => join(root, 'data', 'blobs', 'jobs', job.id);
const chunks = () => join(folder(), 'chunks', job.planHash!);
const chunkFiles = () => readdirSync(chunks()).sort();
const now = () => jobs.service.get(job.id, caller);
const codes = ({ warnings }: Job) => warnings.map(({ code }) => code);
const download = async (range?: { start: number; end: number }) =>
  new Response((await jobs.service.export(job.id, caller, 'consep.csv', range)).body).text();

async function found() {
  const { parts, isPartial } = await jobs.service.detections(job.id, caller, { format: 'csv' });
  const texts: Uint8Array[] = [];
  for await (const part of parts) texts.push(part);
  const rows = Buffer.concat(texts).toString().split('\n').length;
  return { rows, isPartial };
}

async function tile(kind: 'points' | 'counts' = 'points') {
  const place = { z: 0, x: 0, y: 0 };
  const { bytes, isPartial } = await jobs.viewer.tile(job.id, caller, {
    dataset: 'consep',
    kind,
    place,
  });
  return { bytes: Buffer.from(bytes).toString('base64'), isPartial };
}

/** The job once it says what came of its repair. */
async function settled(): Promise<Job> {
  await expect
    .poll(async () => codes(await now()), { timeout: 30_000 })
    .toContainEqual(expect.stringMatching(/REPAIRED|INCOMPLETE/));
  await expect.poll(() => jobs.store.openTasks(job.id), { timeout: 30_000 }).toEqual([]);
  return now();
}

/** The same result as before, and a job that says what happened. */
async function expectRepaired(): Promise<void> {
  const { warnings: _, ...fields } = job;
  const after = await settled();
  expect(codes(after)).toEqual(['RESULT_REPAIRED']);
  expect(after).toMatchObject(fields);
  const events = await jobs.store.events(job.id, 0, 1000);
  const told = events.filter(({ type }) => type === 'warning').map(({ data }) => data);
  expect(told).toMatchObject([{ code: 'RESULT_DAMAGED' }, { code: 'RESULT_REPAIRED' }]);
  expect(log).toHaveLength(1);
}

function flip(path: string): void {
  const bytes = readFileSync(path);
  bytes[bytes.length >> 1]! ^= 1;
  writeFileSync(path, bytes);
}

const damages: Record<string, (path: string) => void> = {
  'with a flipped bit': flip,
  'cut off': (path) => truncateSync(path, 20),
  'that are empty': (path) => truncateSync(path, 0),
  'of another version': (path) => {
    const bytes = readFileSync(path);
    bytes.write('UCCHUNK9');
    writeFileSync(path, bytes);
  },
  'that are gone': (path) => rmSync(path),
};

describe('a finished job', () => {
  it.each(Object.entries(damages))('runs chunks %s again', async (kind, damage) => {
    const whole = await found();
    const csv = await download();
    const names = chunkFiles();
    for (const name of names.slice(3, 5)) damage(join(chunks(), name));
    const partial = await found();
    expect(partial.rows).toBeLessThan(whole.rows);
    expect(partial.isPartial).toBe(true);
    await expectRepaired();
    expect(log[0]).toMatch(/^repair: Of a finished job is damaged or gone: chunks \d+: .*; \d+: /);
    expect(await found()).toEqual(whole);
    expect(await download()).toBe(csv);
    expect(chunkFiles()).toEqual(names);
    const aside = join(folder(), 'damaged');
    const kept = existsSync(aside) ? readdirSync(aside) : [];
    expect(kept).toHaveLength(kind === 'that are gone' ? 0 : 2);
  });

  it('keeps some damaged files aside, and not all', async () => {
    const whole = await found();
    for (const name of chunkFiles()) flip(join(chunks(), name));
    expect(await found()).toMatchObject({ rows: 2, isPartial: true });
    await expectRepaired();
    expect(await found()).toEqual(whole);
    expect(readdirSync(join(folder(), 'damaged'))).toHaveLength(16);
  });

  it('says what is missing when its slide is gone, and is whole when resumed with it', async () => {
    const whole = await found();
    const csv = await download();
    for (const name of chunkFiles().slice(0, 3)) flip(join(chunks(), name));
    // Held open, a slide that was removed could still be read.
    await reopen();
    renameSync(slide, `${slide}.away`);
    try {
      await jobs.viewer.counts(job.id, caller, { dataset: 'consep', minScore: 0 });
      const after = await settled();
      expect(after.status).toBe('completed_with_errors');
      expect(after.errors).toHaveLength(3);
      for (const error of after.errors) {
        expect(error).toMatchObject({
          code: 'SOURCE_NOT_FOUND',
          region: { width: expect.any(Number) },
        });
      }
      const { windowsTotal, windowsDone } = after.progress;
      expect(windowsDone).toBeLessThan(windowsTotal!);
      const [warning] = after.warnings;
      expect(warning).toMatchObject({
        code: 'RESULT_INCOMPLETE',
        detail: expect.stringContaining(`The results of ${windowsTotal! - windowsDone} windows`),
      });
      expect(await found()).toMatchObject({ isPartial: true });
      expect(await download()).toBe(csv);
      expect(await jobs.store.openTasks(job.id)).toEqual([]);
    } finally {
      renameSync(`${slide}.away`, slide);
    }
    await jobs.service.resume(job.id, { caller, authorization: undefined });
    const resumed = await jobs.service.wait(job.id, caller, 60_000, AbortSignal.timeout(60_000));
    expect(resumed).toMatchObject({ status: 'completed', warnings: [], errors: [] });
    expect(await found()).toEqual(whole);
    expect(await download()).toBe(csv);
  });

  it('is not repaired from another slide at the place of its own', async () => {
    flip(join(chunks(), chunkFiles()[0]!));
    const own = readFileSync(slide);
    await reopen();
    await cellPyramid(slides, 900, 640);
    try {
      expect(readFileSync(slide).equals(own)).toBe(false);
      await found();
      const { errors } = await settled();
      expect(errors).toMatchObject([{ detail: expect.stringContaining('another one lies') }]);
    } finally {
      writeFileSync(slide, own);
    }
  });

  it.each(Object.entries(damages))('writes result files %s again', async (_, damage) => {
    const csv = await download();
    damage(join(folder(), 'exports', 'consep.csv'));
    await expect(download()).rejects.toThrow(/being made again|is damaged in the store|terminated/);
    await expectRepaired();
    expect(await download()).toBe(csv);
    expect(await download({ start: 2, end: 9 })).toBe(csv.slice(2, 9));
  });

  it.each(Object.entries(damages))('makes a plan again, %s', async (_, damage) => {
    const whole = await found();
    await reopen();
    damage(join(folder(), 'plans', `${job.planHash}.json`));
    await expect(found()).rejects.toMatchObject({ code: 'NOT_READY' });
    await expectRepaired();
    expect(await found()).toEqual(whole);
    expect((await jobs.service.summary(job.id, caller)).isComplete).toBe(true);
  });

  it('builds tiles again, and keeps none that lack a chunk', async () => {
    flip(join(chunks(), chunkFiles()[0]!));
    expect((await tile()).isPartial).toBe(true);
    await expectRepaired();
    const whole = await tile();
    expect(whole.isPartial).toBe(false);
    const counts = await tile('counts');
    const points = join(folder(), 'points', `${job.planHash}.1`, 'consep');
    for (const name of readdirSync(points)) {
      for (const damage of [flip, rmSync, (path: string) => truncateSync(path, 9)]) {
        damage(join(points, name));
        expect(await tile()).toEqual(whole);
        expect(await tile('counts')).toEqual(counts);
        await reopen();
        expect(await tile()).toEqual(whole);
      }
    }
  });
});
