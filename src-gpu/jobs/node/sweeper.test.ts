import { join } from 'node:path';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { JobStatus } from '../../../shared/api/jobs/job-schemas.ts';
import { sampleRecord } from '../../../test/conformance/sample-record.ts';
import { SimpleRunner } from '../../../test/support/simple-runner.ts';
import { tempFolder } from '../../../test/support/temp-folder.ts';
import type { BlobStore } from '../../blobs/blob-store.ts';
import { openFsBlobStore } from '../../blobs/fs-blob-store.ts';
import { uploadKey } from '../job-blobs.ts';
import type { JobRecord, JobStore } from '../job-store.ts';
import { openSqliteStore } from '../store/sqlite-store.ts';
import { Sweeper } from './sweeper.ts';

const folder = tempFolder();
const DAY_MS = 24 * 3600_000;

describe('the sweeper', () => {
  let store: JobStore;
  let blobs: BlobStore;
  let sweeper: Sweeper;
  beforeAll(async () => {
    store = openSqliteStore(join(folder, 'jobs.sqlite'));
    blobs = await openFsBlobStore(join(folder, 'blobs'));
    const runner = new SimpleRunner({ blobs, chunks: 3 });
    sweeper = new Sweeper({ store, blobs, runner, retentionDays: 30, onError: () => {} });
  });
  afterAll(() => store.close());

  function recordOf(status: JobStatus, ageDays = 0, plan: unknown = null): JobRecord {
    const record = sampleRecord();
    const id = uuidv7({ msecs: Date.now() - ageDays * DAY_MS });
    return { ...record, plan, job: { ...record.job, id, status } };
  }
  async function kindsAfterHealing(record: JobRecord): Promise<string[]> {
    const { id } = record.job;
    await store.create(record);
    await store.dropTasks(id);
    await sweeper.heal();
    const tasks = await store.openTasks(id);
    await store.remove(id);
    return tasks.map(({ kind, chunk }) => `${kind} ${chunk}`);
  }

  it.each<[JobStatus, unknown, string[]]>([
    ['queued', null, ['plan 0']],
    ['planning', null, ['plan 0']],
    ['running', ['done', 'open', 'open'], ['chunk 1', 'chunk 2']],
    ['running', ['done', 'done', 'failed'], ['finalize 0']],
    ['finalizing', ['done', 'done', 'done'], ['finalize 0']],
    ['completed', ['done'], []],
    ['canceled', ['open'], []],
  ])('gives a %s job with the chunks %j its lost tasks', async (status, plan, tasks) => {
    expect(await kindsAfterHealing(recordOf(status, 0, plan))).toEqual(tasks);
  });

  it('leaves tasks alone that are there', async () => {
    const record = recordOf('running', 0, ['open', 'open']);
    const { id } = record.job;
    await store.create(record);
    await store.dropTasks(id);
    const task = { jobId: id, attempt: 1, kind: 'chunk', chunk: 0, priority: 1 } as const;
    await store.enqueue([task]);
    const lease = await store.lease('node', 60_000);
    await sweeper.heal();
    expect((await store.openTasks(id)).map(({ chunk }) => chunk)).toEqual([0, 1]);
    expect(await store.renew(lease!, 60_000)).toBe(true);
    await store.remove(id);
  });

  it('erases what is old, with its pixels, and nothing that is young or runs', async () => {
    const records = [
      recordOf('completed', 31),
      recordOf('failed', 400),
      recordOf('running', 31, ['open']),
      recordOf('completed', 29),
    ];
    for (const { job } of records) {
      await blobs.put(`jobs/${job.id}/exports/a.json`, new Uint8Array(1));
      await blobs.put(uploadKey(job.id, '.svs'), new Uint8Array(1));
    }
    for (const record of records) await store.create(record);
    await sweeper.eraseOld();
    for (const [index, { job }] of records.entries()) {
      const isKept = index >= 2;
      expect((await store.get(job.id)) !== undefined).toBe(isKept);
      expect((await blobs.size(`jobs/${job.id}/exports/a.json`)) !== undefined).toBe(isKept);
      expect((await blobs.size(uploadKey(job.id, '.svs'))) !== undefined).toBe(isKept);
      await store.remove(job.id);
    }
  });

  it('erases uploads that never became a job, once none can come of them', async () => {
    const [old, young] = [uuidv7({ msecs: Date.now() - 2 * DAY_MS }), uuidv7()];
    await blobs.put(uploadKey(old, '.tif'), new Uint8Array(1));
    await blobs.put(uploadKey(young, ''), new Uint8Array(1));
    await sweeper.eraseOld();
    expect(await blobs.size(uploadKey(old, '.tif'))).toBeUndefined();
    expect(await blobs.size(uploadKey(young, ''))).toBe(1);
  });

  it('erases old results of which the store knows nothing', async () => {
    const [old, young] = [31, 29].map((days) => recordOf('completed', days).job.id);
    const known = recordOf('running', 31, ['open']);
    await store.create(known);
    const ids = [old!, young!, known.job.id];
    for (const id of ids) await blobs.put(`jobs/${id}/exports/a.json`, new Uint8Array(1));
    await sweeper.eraseOld();
    const sizes = await Promise.all(ids.map((id) => blobs.size(`jobs/${id}/exports/a.json`)));
    expect(sizes).toEqual([undefined, 1, 1]);
    await store.remove(known.job.id);
  });

  it('goes on after a job that cannot be erased, and tells of it', async () => {
    const records = [40, 35, 33].map((days) => recordOf('completed', days));
    for (const record of records) await store.create(record);
    const bad = records[1]!.job.id;
    const remove = blobs.remove.bind(blobs);
    const failing = vi.spyOn(blobs, 'remove').mockImplementation(async (prefix) => {
      if (prefix.includes(bad)) throw new Error('this folder is not ours');
      await remove(prefix);
    });
    const errors: string[] = [];
    const runner = new SimpleRunner({ blobs, chunks: 3 });
    await new Sweeper({
      store,
      blobs,
      runner,
      retentionDays: 30,
      onError: (error) => errors.push((error as Error).message),
    }).eraseOld();
    failing.mockRestore();
    const left = await Promise.all(records.map(async ({ job }) => store.get(job.id)));
    expect(left.map((record) => record !== undefined)).toEqual([false, true, false]);
    expect(errors).toEqual(['this folder is not ours']);
    await store.remove(bad);
  });
});
