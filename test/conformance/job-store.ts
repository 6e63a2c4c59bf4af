/**
 * What every job store must do. Each driver's test runs it against the real thing, with two stores on the
 * same data as two nodes have them.
 *
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JobRecord, JobStore, Lease, StoredTask } from '../../src-gpu/jobs/job-store.ts';
import { sampleRecord } from './sample-record.ts';

/** Longer than any driver takes to notice an expired lease of {@link SHORT_MS}. */
const TAKE_OVER_MS = 5000;
const SHORT_MS = 300.5;
const LONG_MS = 60_000;

export interface TwoNodes {
  readonly first: JobStore;
  readonly second: JobStore;
  close(): Promise<void>;
}

/** @param open A fresh, empty store, opened twice. */
export function describeJobStore(name: string, open: () => Promise<TwoNodes>): void {
  describe(name, () => {
    let nodes: TwoNodes;
    let first: JobStore;
    let second: JobStore;
    beforeAll(async () => {
      nodes = await open();
      ({ first, second } = nodes);
    });
    afterAll(() => nodes?.close());

    const chunk = ({ job }: JobRecord, index: number, priority = 5) =>
      ({ jobId: job.id, attempt: job.attempt, kind: 'chunk', chunk: index, priority }) as const;
    /** Takes what waits, whatever it is. */
    async function takeAll(store: JobStore, leaseMs = LONG_MS): Promise<Lease[]> {
      const leases: Lease[] = [];
      for (;;) {
        const lease = await store.lease('node', leaseMs);
        if (lease === undefined) return leases;
        leases.push(lease);
      }
    }
    async function takeWithin(store: JobStore, timeoutMs: number): Promise<Lease | undefined> {
      const end = Date.now() + timeoutMs;
      while (Date.now() < end) {
        const lease = await store.lease('node', LONG_MS);
        if (lease) return lease;
        await sleep(20);
      }
      return undefined;
    }
    /** A job without any task. */
    async function bareJob(priority = 5): Promise<JobRecord> {
      const record = await first.create(sampleRecord({ priority }));
      await first.dropTasks(record.job.id);
      return record;
    }

    describe('jobs', () => {
      it('keeps a record for both nodes, with its plan task', async () => {
        const record = await first.create(sampleRecord());
        expect(await second.get(record.job.id)).toEqual(record);
        expect(await second.openTasks(record.job.id)).toEqual([
          { jobId: record.job.id, attempt: 1, kind: 'plan', chunk: 0 },
        ]);
        expect(await first.get('no-such-job')).toBeUndefined();
        await first.remove(record.job.id);
      });

      it('lists newest first, by caller and status, page by page', async () => {
        const callerId = `lister-${crypto.randomUUID()}`;
        const ids: string[] = [];
        for (let i = 0; i < 5; i++) {
          ids.unshift((await first.create(sampleRecord({ callerId }))).job.id);
        }
        await first.update(ids[1]!, (record) => withStatus(record, 'canceled'));
        const idsOf = (page: { records: readonly JobRecord[] }) =>
          page.records.map(({ job }) => job.id);
        const page = await second.list({ callerId, limit: 2 });
        expect(idsOf(page)).toEqual(ids.slice(0, 2));
        const next = await second.list({ callerId, limit: 3, cursor: page.cursor });
        expect(idsOf(next)).toEqual(ids.slice(2));
        expect(next.cursor).toBeUndefined();
        expect(idsOf(await first.list({ callerId, status: 'canceled', limit: 9 }))).toEqual([
          ids[1],
        ]);
        const all = await first.list({ limit: 5 });
        expect(idsOf(all)).toEqual(ids);
        expect(await second.countOpen(callerId)).toBe(4);
        expect(await second.countOpen('nobody')).toBe(0);
        for (const id of ids) await first.remove(id);
        expect((await first.list({ callerId, limit: 9 })).records).toEqual([]);
      });

      it('makes one job of an idempotency key, however many come at once', async () => {
        const callerId = `idem-${crypto.randomUUID()}`;
        const idempotency = { key: 'k', requestHash: 'h' };
        const made = await Promise.all(
          Array.from({ length: 20 }, (_, i) =>
            (i % 2 ? first : second).create(sampleRecord({ callerId, idempotency })),
          ),
        );
        expect(new Set(made.map(({ job }) => job.id)).size).toBe(1);
        expect(await first.openTasks(made[0]!.job.id)).toHaveLength(1);
        expect(await second.findByKey(callerId, 'k')).toEqual(made[0]);
        expect(await second.findByKey(callerId, 'other')).toBeUndefined();
        expect(await second.findByKey('nobody', 'k')).toBeUndefined();
        const other = await first.create(sampleRecord({ idempotency }));
        expect(other.job.id).not.toBe(made[0]!.job.id);
        // After the job is erased the key is free.
        await first.remove(made[0]!.job.id);
        expect(await second.findByKey(callerId, 'k')).toBeUndefined();
        const again = await second.create(sampleRecord({ callerId, idempotency }));
        expect(again.job.id).not.toBe(made[0]!.job.id);
        await first.remove(other.job.id);
        await first.remove(again.job.id);
      });

      it('loses no update of two nodes, and numbers the events without gaps', async () => {
        const { job } = await bareJob();
        const add = (store: JobStore) =>
          store.update(
            job.id,
            (record) => withNuclei(record, record.job.progress.nuclei + 1),
            (record) => [{ type: 'progress', data: record.job.progress.nuclei }],
          );
        await Promise.all(Array.from({ length: 40 }, (_, i) => add(i % 2 ? first : second)));
        expect((await first.get(job.id))?.job.progress.nuclei).toBe(40);
        const events = await second.events(job.id, 0, 100);
        expect(events.map(({ id, data }) => [id, data])).toEqual(
          Array.from({ length: 40 }, (_, i) => [i + 1, i + 1]),
        );
        expect((await first.events(job.id, 37, 2)).map(({ id }) => id)).toEqual([38, 39]);
        await first.remove(job.id);
      });

      it('leaves a record alone when asked to, and says when there is none', async () => {
        const { job } = await bareJob();
        const told = await first.update(
          job.id,
          () => undefined,
          () => [{ type: 'status', data: null }],
        );
        expect(told?.job.id).toBe(job.id);
        expect(await first.events(job.id, 0, 9)).toEqual([]);
        expect(await first.update('none', (record) => record)).toBeUndefined();
        await expect(
          first.update(job.id, () => {
            throw new RangeError('mine');
          }),
        ).rejects.toThrow(RangeError);
        await first.remove(job.id);
      });

      it('erases everything of a job', async () => {
        const record = await bareJob();
        const { id } = record.job;
        await first.enqueue([chunk(record, 0), chunk(record, 1)]);
        const lease = await first.lease('node', LONG_MS);
        await first.update(
          id,
          (one) => withNuclei(one, 1),
          () => [{ type: 'status', data: 1 }],
        );
        expect(await second.remove(id)).toBe(true);
        expect(await second.remove(id)).toBe(false);
        expect(await first.get(id)).toBeUndefined();
        expect(await first.events(id, 0, 9)).toEqual([]);
        expect(await first.openTasks(id)).toEqual([]);
        expect(await first.complete(lease!)).toBe(false);
        await first.enqueue([chunk(record, 2)]);
        expect(await takeAll(first)).toEqual([]);
      });
    });

    describe('tasks', () => {
      it('adds a task once, and again after it is done', async () => {
        const record = await bareJob();
        await first.enqueue([chunk(record, 1), chunk(record, 1), chunk(record, 2)]);
        await second.enqueue([chunk(record, 1)]);
        const [one, two, ...rest] = await takeAll(first);
        expect([one!.chunk, two!.chunk, rest.length]).toEqual([1, 2, 0]);
        // Also while it runs.
        await second.enqueue([chunk(record, 1)]);
        expect(await takeAll(second)).toEqual([]);
        expect(await first.complete(one!)).toBe(true);
        expect(await first.complete(one!)).toBe(false);
        await second.enqueue([chunk(record, 1)]);
        expect((await takeAll(second)).map((lease) => lease.chunk)).toEqual([1]);
        await first.remove(record.job.id);
      });

      it('gives out larger priorities first, and equal ones in their order', async () => {
        const low = await bareJob();
        const high = await bareJob();
        await first.enqueue([0, 1, 2].map((index) => chunk(low, index, 1)));
        await first.enqueue([0, 1, 2].map((index) => chunk(high, index, 9)));
        const order = (await takeAll(second)).map((lease) => [lease.jobId, lease.chunk]);
        expect(order).toEqual([
          ...[0, 1, 2].map((index) => [high.job.id, index]),
          ...[0, 1, 2].map((index) => [low.job.id, index]),
        ]);
        await first.remove(low.job.id);
        await first.remove(high.job.id);
      });

      it('ends what was begun before it begins anew', async () => {
        const begun = await bareJob();
        const { id: jobId } = begun.job;
        const queued = await first.create(sampleRecord());
        await first.enqueue([chunk(begun, 0), chunk(begun, 1)]);
        await first.enqueue([{ jobId, attempt: 1, kind: 'finalize', chunk: 0, priority: 5 }]);
        const urgent = await first.create(sampleRecord({ priority: 6 }));
        const order = (await takeAll(second)).map((lease) => [lease.jobId, lease.kind]);
        expect(order).toEqual([
          [urgent.job.id, 'plan'],
          [jobId, 'finalize'],
          [jobId, 'chunk'],
          [jobId, 'chunk'],
          [queued.job.id, 'plan'],
        ]);
        for (const { job } of [begun, queued, urgent]) await first.remove(job.id);
      });

      it('gives every task to one node only', async () => {
        const record = await bareJob();
        await first.enqueue(Array.from({ length: 200 }, (_, index) => chunk(record, index)));
        expect(await second.depth()).toBe(200);
        const leases = (
          await Promise.all([takeAll(first), takeAll(second), takeAll(first), takeAll(second)])
        ).flat();
        expect(leases.map((lease) => lease.chunk).sort((a, b) => a - b)).toEqual(
          Array.from({ length: 200 }, (_, index) => index),
        );
        expect(new Set(leases.map(({ token }) => token)).size).toBe(200);
        expect(await second.depth()).toBe(0);
        expect(await second.openTasks(record.job.id)).toHaveLength(200);
        await first.remove(record.job.id);
      });

      it('hands a task on when its lease is over, and the first holder hears of it', async () => {
        const record = await bareJob();
        await first.enqueue([chunk(record, 7)]);
        const lost = await first.lease('slow', SHORT_MS);
        expect(lost).toMatchObject({ chunk: 7, lost: 0, failures: 0 });
        const taken = await takeWithin(second, TAKE_OVER_MS);
        expect(taken).toMatchObject({ chunk: 7, lost: 1, failures: 0 });
        expect(await first.renew(lost!, LONG_MS)).toBe(false);
        expect(await first.complete(lost!)).toBe(false);
        expect(await first.release(lost!, 0)).toBe(false);
        expect(await second.renew(taken!, LONG_MS)).toBe(true);
        expect(await second.complete(taken!)).toBe(true);
        expect(await first.openTasks(record.job.id)).toEqual([]);
        await first.remove(record.job.id);
      });

      it('keeps a lease that is renewed', async () => {
        const record = await bareJob();
        await first.enqueue([chunk(record, 0)]);
        const lease = await first.lease('node', SHORT_MS);
        for (let i = 0; i < 12; i++) {
          await sleep(SHORT_MS / 3);
          expect(await first.renew(lease!, SHORT_MS)).toBe(true);
          expect(await second.lease('node', LONG_MS)).toBeUndefined();
        }
        expect(await first.complete(lease!)).toBe(true);
        await first.remove(record.job.id);
      });

      it('takes a task back at once, or after a pause that counts as a failure', async () => {
        const record = await bareJob();
        await first.enqueue([chunk(record, 0)]);
        const lease = await first.lease('node', LONG_MS);
        expect(await first.release(lease!, 0)).toBe(true);
        const again = await second.lease('node', LONG_MS);
        expect(again).toMatchObject({ chunk: 0, lost: 0, failures: 0 });
        const pauseMs = 400.5;
        const start = Date.now();
        expect(await second.release(again!, pauseMs)).toBe(true);
        expect(await second.lease('node', LONG_MS)).toBeUndefined();
        expect(await first.openTasks(record.job.id)).toHaveLength(1);
        expect(await first.depth()).toBe(1);
        const third = await takeWithin(first, TAKE_OVER_MS);
        expect(Date.now() - start).toBeGreaterThanOrEqual(pauseMs - 5);
        expect(third).toMatchObject({ chunk: 0, lost: 0, failures: 1 });
        await first.remove(record.job.id);
      });

      it('drops the tasks of a job, also those that run', async () => {
        const record = await bareJob();
        const other = await bareJob();
        await first.enqueue([chunk(record, 0, 9), chunk(record, 1), chunk(other, 0)]);
        const running = await first.lease('node', LONG_MS);
        expect(running?.jobId).toBe(record.job.id);
        await second.dropTasks(record.job.id);
        expect(await first.openTasks(record.job.id)).toEqual([]);
        expect(await first.renew(running!, LONG_MS)).toBe(false);
        expect(await first.complete(running!)).toBe(false);
        expect((await takeAll(first)).map((lease) => lease.jobId)).toEqual([other.job.id]);
        await first.remove(record.job.id);
        await first.remove(other.job.id);
      });

      it('moves chunks to the front, the latest wish first', async () => {
        const record = await bareJob();
        const urgent = await bareJob();
        await first.enqueue([0, 1, 2, 3, 4, 5].map((index) => chunk(record, index, 1)));
        await first.enqueue([chunk(urgent, 0, 9)]);
        await first.focus(record.job.id, [4, 2, 99]);
        await second.focus(record.job.id, [5]);
        const order = (await takeAll(first)).map(({ jobId, chunk: index }) =>
          jobId === urgent.job.id ? 'urgent' : index,
        );
        expect(order).toEqual([5, 4, 2, 'urgent', 0, 1, 3]);
        await first.remove(record.job.id);
        await first.remove(urgent.job.id);
      });

      it('keeps tasks of different kinds and attempts apart', async () => {
        const record = await bareJob();
        const { id } = record.job;
        const tasks: StoredTask[] = [
          { jobId: id, attempt: 1, kind: 'chunk', chunk: 0 },
          { jobId: id, attempt: 2, kind: 'chunk', chunk: 0 },
          { jobId: id, attempt: 2, kind: 'finalize', chunk: 0 },
          { jobId: id, attempt: 2, kind: 'webhook', chunk: 0 },
        ];
        await first.enqueue(tasks.map((task) => ({ ...task, priority: 5 })));
        expect(await second.openTasks(id)).toHaveLength(4);
        expect(await second.openTasks(id)).toEqual(expect.arrayContaining(tasks));
        await first.remove(id);
      });
    });

    describe('waiting', () => {
      it('wakes when the other node changes the job', async () => {
        const { job } = await bareJob();
        const start = Date.now();
        const waiting = first.waitForChange(job.id, 30_000);
        await sleep(50);
        await second.update(job.id, (record) => withNuclei(record, 3));
        await waiting;
        expect(Date.now() - start).toBeLessThan(10_000);
        await first.remove(job.id);
      });

      it('wakes when the tasks of the job are dropped', async () => {
        const record = await bareJob();
        await first.enqueue([chunk(record, 0)]);
        const waiting = first.waitForChange(record.job.id, 600_000);
        await sleep(50);
        await second.dropTasks(record.job.id);
        await waiting;
        await first.remove(record.job.id);
      });

      it('wakes for a task that the other node adds', async () => {
        const record = await bareJob();
        const start = Date.now();
        const waiting = first.waitForChange(undefined, 30_000);
        await sleep(50);
        await second.enqueue([chunk(record, 0)]);
        await waiting;
        expect(Date.now() - start).toBeLessThan(10_000);
        await first.remove(record.job.id);
      });

      it('ends with the time or the signal', async () => {
        await first.waitForChange('quiet-job', 20);
        const stop = new AbortController();
        const waiting = first.waitForChange('quiet-job', 60_000, stop.signal);
        stop.abort();
        await waiting;
        await first.waitForChange('quiet-job', 60_000, stop.signal);
      });
    });

    it('says that it is well', async () => {
      await expect(first.check()).resolves.toBeUndefined();
    });
  });
}

function withStatus(record: JobRecord, status: JobRecord['job']['status']): JobRecord {
  return { ...record, job: { ...record.job, status } };
}

function withNuclei(record: JobRecord, nuclei: number): JobRecord {
  return { ...record, job: { ...record.job, progress: { ...record.job.progress, nuclei } } };
}
