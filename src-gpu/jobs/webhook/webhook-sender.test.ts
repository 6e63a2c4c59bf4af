import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Job } from '../../../shared/api/jobs/job-schemas.ts';
import { sampleRecord } from '../../../test/conformance/sample-record.ts';
import { serveLoopback } from '../../../test/support/loopback.ts';
import { SimpleRunner } from '../../../test/support/simple-runner.ts';
import { tempFolder } from '../../../test/support/temp-folder.ts';
import { openFsBlobStore } from '../../blobs/fs-blob-store.ts';
import type { JobRecord, JobStore } from '../job-store.ts';
import { WorkerLoop } from '../node/worker-loop.ts';
import { Outbound } from '../source/outbound.ts';
import { openSqliteStore } from '../store/sqlite-store.ts';
import { WebhookSender } from './webhook-sender.ts';

const secret = `whsec_${Buffer.from('a secret of thirty-two bytes ...').toString('base64')}`;
const folder = tempFolder();

interface Message {
  readonly id: string;
  readonly content: { readonly type: string; readonly data: Job };
}

describe('webhooks', () => {
  let receiver: Awaited<ReturnType<typeof serveLoopback>>;
  let outbound: Outbound;
  let store: JobStore;
  let loop: WorkerLoop | undefined;
  const received: Message[] = [];
  const failures: unknown[] = [];
  let statuses: number[] = [];

  beforeAll(async () => {
    receiver = await serveLoopback(async (request, response) => {
      let body = '';
      for await (const part of request) body += part;
      const content = new Webhook(secret).verify(body, request.headers as Record<string, string>);
      received.push({
        id: String(request.headers['webhook-id']),
        content: content as Message['content'],
      });
      response.writeHead(statuses.shift() ?? 204).end();
    });
    outbound = new Outbound({ trusted: [receiver.host] });
    store = openSqliteStore(join(folder, 'jobs.sqlite'));
  });
  afterEach(async () => {
    await loop?.stop();
    received.length = 0;
    failures.length = 0;
    statuses = [];
  });
  afterAll(async () => {
    await store.close();
    await outbound.close();
    await receiver.close();
  });

  async function startNode(chunks: number, chunkMs = 0, progressMs = 30_000) {
    const blobs = await openFsBlobStore(join(folder, 'blobs'));
    loop = new WorkerLoop({
      store,
      runner: new SimpleRunner({ blobs, chunks, chunkMs }),
      node: 'node',
      webhooks: new WebhookSender({
        secret,
        outbound,
        progressMs,
        onFailure: (_, error) => failures.push(error),
      }),
      erase: async () => {},
      onError: (error) => failures.push(error),
    });
    loop.start();
  }
  type Events = NonNullable<JobRecord['options']['webhook']>['events'];
  function withWebhook(...events: Events): JobRecord {
    const record = sampleRecord();
    return { ...record, options: { ...record.options, webhook: { url: receiver.url, events } } };
  }
  const arrive = (count: number) =>
    expect.poll(() => received.length, { timeout: 20_000 }).toBeGreaterThanOrEqual(count);

  it('are told the end of a job once, signed', async () => {
    await startNode(3);
    const { job } = await store.create(withWebhook('job.completed'));
    await arrive(1);
    await expect.poll(() => store.openTasks(job.id), { timeout: 10_000 }).toEqual([]);
    expect(received).toHaveLength(1);
    expect(received[0]).toMatchObject({
      id: `${job.id}.1.job.completed`,
      content: { type: 'job.completed', data: { id: job.id, status: 'completed' } },
    });
  });

  it('are told again after a failure, under the same id, also by a service that was started anew', async () => {
    statuses = [500];
    await startNode(1);
    const { job } = await store.create(withWebhook('job.completed'));
    await arrive(1);
    await expect.poll(() => failures.length, { timeout: 10_000 }).toBe(1);
    await loop!.stop();
    expect(await store.openTasks(job.id)).toMatchObject([{ kind: 'webhook' }]);
    await startNode(1);
    await arrive(2);
    await expect.poll(() => store.openTasks(job.id), { timeout: 10_000 }).toEqual([]);
    expect(received.map(({ id }) => id)).toEqual([
      `${job.id}.1.job.completed`,
      `${job.id}.1.job.completed`,
    ]);
  });

  it('hear of progress now and then, and only of what they asked for', async () => {
    await startNode(60, 20, 150);
    const { job } = await store.create(withWebhook('job.progress'));
    await expect
      .poll(async () => (await store.get(job.id))?.job.status, { timeout: 20_000 })
      .toBe('completed');
    await expect.poll(() => store.openTasks(job.id), { timeout: 10_000 }).toEqual([]);
    expect(received.length).toBeGreaterThan(0);
    // 60 chunks at two at once of 20 ms each, and a message in 150 ms at most.
    expect(received.length).toBeLessThan(20);
    expect(new Set(received.map(({ id }) => id)).size).toBe(received.length);
    for (const { content } of received) expect(content.type).toBe('job.progress');
    const done = received.map(({ content }) => content.data.progress.chunksDone);
    expect(done).toEqual(done.toSorted((a, b) => a - b));
  });

  it('do not hold up the work of the model', async () => {
    const slow = await serveLoopback(() => {});
    const patient = new Outbound({ trusted: [slow.host] });
    outbound = patient;
    await startNode(4);
    const record = withWebhook('job.completed');
    const webhook = { ...record.options.webhook!, url: slow.url };
    const first = await store.create({ ...record, options: { ...record.options, webhook } });
    await expect
      .poll(async () => (await store.get(first.job.id))?.job.status, { timeout: 10_000 })
      .toBe('completed');
    const second = await store.create(sampleRecord());
    await expect
      .poll(async () => (await store.get(second.job.id))?.job.status, { timeout: 10_000 })
      .toBe('completed');
    await loop!.stop();
    // Cut short by the stop, it waits for the next node.
    expect(await store.openTasks(first.job.id)).toMatchObject([{ kind: 'webhook' }]);
    await slow.close();
  });
});
