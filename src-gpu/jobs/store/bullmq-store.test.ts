import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeJobStore } from '../../../test/conformance/job-store.ts';
import { sampleRecord } from '../../../test/conformance/sample-record.ts';
import { hasRedis, RedisServer } from '../../../test/support/redis-server.ts';
import { tempFolder } from '../../../test/support/temp-folder.ts';
import type { JobStore } from '../job-store.ts';
import { openBullmqStore } from './bullmq-store.ts';

const isThere = hasRedis();
const ignore = () => {};

if (isThere) {
  describeJobStore('the BullMQ store', async () => {
    const server = await RedisServer.start(tempFolder());
    const open = () => openBullmqStore({ url: server.url, sweepMs: 200, onError: ignore });
    const [first, second] = [open(), open()];
    return {
      first,
      second,
      close: async () => {
        await first.close();
        await second.close();
        await server.stop();
      },
    };
  });
}

describe.skipIf(!isThere)('the BullMQ store and a Redis that goes away', () => {
  let server: RedisServer;
  let store: JobStore;
  beforeAll(async () => {
    server = await RedisServer.start(tempFolder());
    store = openBullmqStore({ url: server.url, sweepMs: 200, onError: ignore });
  });
  afterAll(async () => {
    await store.close();
    await server.stop();
  });

  it('says so within seconds, and finds everything when Redis is back', async () => {
    const record = await store.create(sampleRecord());
    const lease = await store.lease('node', 60_000);
    expect(lease?.jobId).toBe(record.job.id);
    await server.stop();

    const unavailable = { code: 'STORE_UNAVAILABLE' };
    await expect(store.check()).rejects.toMatchObject(unavailable);
    await expect(store.lease('node', 1000)).rejects.toMatchObject(unavailable);
    await expect(store.renew(lease!, 1000)).rejects.toMatchObject(unavailable);
    await expect(store.create(sampleRecord())).rejects.toMatchObject(unavailable);
    await expect(
      store.update(record.job.id, (one) => ({ ...one, plan: 'changed' })),
    ).rejects.toMatchObject(unavailable);

    await server.start();
    await expect
      .poll(() => store.check().then(() => 'well', ignore), { timeout: 20_000 })
      .toBe('well');
    expect(await store.get(record.job.id)).toEqual(record);
    expect((await store.list({ limit: 9 })).records).toEqual([record]);
    // The lease outlived the crash, and the holder may go on.
    expect(await store.renew(lease!, 60_000)).toBe(true);
    expect(await store.lease('node', 1000)).toBeUndefined();
    expect(await store.complete(lease!)).toBe(true);
    await store.remove(record.job.id);
  });
});

describe.skipIf(!isThere)('the BullMQ store and a Redis that hangs or refuses', () => {
  let server: RedisServer;
  let store: JobStore;
  const unavailable = { code: 'STORE_UNAVAILABLE' };
  const isWell = () => store.check().then(() => 'well', ignore);
  beforeAll(async () => {
    server = await RedisServer.start(tempFolder());
    store = openBullmqStore({ url: server.url, sweepMs: 200, onError: ignore });
  });
  afterAll(async () => {
    await store.close();
    await server.stop();
  });

  it('says so while it stands still, and makes no job that nobody knows of', async () => {
    const kept = await store.create(sampleRecord());
    server.hang(true);
    const [silent, keyed] = [
      sampleRecord(),
      { ...sampleRecord(), idempotency: { key: 'k', requestHash: 'h' } },
    ];
    try {
      await Promise.all(
        [
          store.create(silent),
          store.create(keyed),
          store.get(kept.job.id),
          store.list({ limit: 9 }),
          store.lease('node', 1000),
          store.update(kept.job.id, (one) => ({ ...one, plan: 'changed' })),
          store.countOpen(kept.callerId),
          store.events(kept.job.id, 0, 9),
          store.depth(),
          store.check(),
        ].map((asked) => expect(asked).rejects.toMatchObject(unavailable)),
      );
    } finally {
      server.hang(false);
    }
    await expect.poll(isWell, { timeout: 20_000 }).toBe('well');
    expect(await store.get(silent.job.id)).toBeUndefined();
    // Whoever sent a key sends it again, and has one job.
    const again = { ...keyed, job: { ...keyed.job, id: sampleRecord().job.id } };
    const { job } = await store.create(again);
    const ids = (await store.list({ limit: 9 })).records.map((record) => record.job.id);
    expect(new Set(ids)).toEqual(new Set([kept.job.id, job.id]));
  });

  it.each([
    ['is full', ['CONFIG', 'SET', 'maxmemory', '1'], ['CONFIG', 'SET', 'maxmemory', '0']],
    ['is a replica', ['REPLICAOF', '127.0.0.1', '1'], ['REPLICAOF', 'NO', 'ONE']],
    [
      'lacks its replicas',
      ['CONFIG', 'SET', 'min-replicas-to-write', '1'],
      ['CONFIG', 'SET', 'min-replicas-to-write', '0'],
    ],
  ])('is not well while it takes no writes, since it %s', async (_, refuse, accept) => {
    expect(await isWell()).toBe('well');
    server.command(...refuse);
    await expect(store.check()).rejects.toMatchObject(unavailable);
    await expect(store.create(sampleRecord())).rejects.toMatchObject(unavailable);
    server.command(...accept);
    await expect.poll(isWell, { timeout: 20_000 }).toBe('well');
  });
});

describe('the URL of Redis', () => {
  it('is checked', () => {
    expect(() => openBullmqStore({ url: 'http://127.0.0.1', onError: ignore })).toThrow(
      expect.objectContaining({ code: 'CONFIGURATION_INVALID' }),
    );
  });
});
