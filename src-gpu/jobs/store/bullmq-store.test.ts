import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeJobStore, sampleRecord } from '../../../test/conformance/job-store.ts';
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

describe('the URL of Redis', () => {
  it('is checked', () => {
    expect(() => openBullmqStore({ url: 'http://127.0.0.1', onError: ignore })).toThrow(
      expect.objectContaining({ code: 'CONFIGURATION_INVALID' }),
    );
  });
});
