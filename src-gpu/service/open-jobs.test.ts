/** Nodes that share nothing but Redis and an object store. */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Job, jobOptionsSchema } from '../../shared/api/jobs/job-schemas.ts';
import { cellPyramid } from '../../test/support/pyramid.ts';
import { hasRedis, RedisServer } from '../../test/support/redis-server.ts';
import { type S3Server, startS3 } from '../../test/support/s3-server.ts';
import { tempFolder } from '../../test/support/temp-folder.ts';
import { writeTinyModel } from '../../test/support/tiny-model.ts';
import { openEngineHost } from '../engine/open-engine-host.ts';
import { type Jobs, openJobs } from './open-jobs.ts';

const root = tempFolder();
const caller = { id: 'tester', scopes: ['jobs'] } as const;

describe.skipIf(!hasRedis())('two nodes with Redis and object storage', () => {
  it('work on an uploaded slide, answer for each other, and give the files of a single node', async () => {
    const closing: (() => Promise<void>)[] = [];
    try {
      mkdirSync(join(root, 's3'));
      mkdirSync(join(root, 'redis'));
      const s3 = await startS3(join(root, 's3'));
      closing.unshift(() => s3.close());
      const redis = await RedisServer.start(join(root, 'redis'));
      closing.unshift(() => redis.stop());
      await writeTinyModel(join(root, 'tiny'));
      const host = await openEngineHost({ model: join(root, 'tiny'), ep: 'cpu', threads: 1 });
      closing.unshift(() => host.close());
      const { file } = await cellPyramid(root, 1200, 900);

      const errors: unknown[] = [];
      const open = async (node: string, shared?: { redisUrl: string; s3: S3Server }) => {
        const jobs = await openJobs({
          host,
          precision: 'fp32',
          dataFolder: join(root, node),
          ...shared,
          node,
          works: true,
          tasksAtOnce: 2,
          chunkPx: 192,
          leaseMs: 30_000,
          slideFolders: [],
          maxDownloadBytes: 0,
          maxOpenJobs: 10,
          retentionDays: 30,
          trusted: { slides: [], pacs: [], webhooks: [] },
          onError: (error) => errors.push(error),
        });
        closing.unshift(() => jobs.close());
        return jobs;
      };
      const shared = { redisUrl: redis.url, s3 };
      const [one, two, alone] = [
        await open('one', shared),
        await open('two', shared),
        await open('alone'),
      ];

      const run = async (by: Jobs, seenBy: Jobs): Promise<Job> => {
        const options = jobOptionsSchema.parse({ dataset: 'consep', mpp: 0.5, tissue: 'none' });
        const upload = { body: new Blob([file]).stream(), contentType: 'image/tiff' };
        const { id } = await by.service.create(
          { upload, options },
          { caller, idempotencyKey: undefined },
        );
        return seenBy.service.wait(id, caller, 60_000, AbortSignal.timeout(60_000));
      };
      const job = await run(one, two);
      const expected = await run(alone, alone);
      expect(job, JSON.stringify([job.errors, errors])).toMatchObject({ status: 'completed' });
      expect(job.exports).toEqual(expected.exports);
      expect(errors).toEqual([]);

      const { body } = await two.service.export(job.id, caller, job.exports[0]!.name, undefined);
      const bytes = new Uint8Array(await new Response(body).arrayBuffer());
      expect(createHash('sha256').update(bytes).digest('hex')).toBe(job.exports[0]!.sha256);
      // Both read the slide from a copy of their own, and nothing else of the job is on their disks.
      for (const node of ['one', 'two']) {
        expect(readdirSync(join(root, node))).toEqual(['cache']);
        expect(readdirSync(join(root, node, 'cache', 'copies'))).toHaveLength(1);
      }
      expect((one.stats()?.completed ?? 0) + (two.stats()?.completed ?? 0)).toBeGreaterThan(25);

      await two.service.remove(job.id, caller);
      const left: string[] = [];
      for (const prefix of ['jobs/', 'uploads/']) {
        for await (const key of one.blobs.list(prefix)) left.push(key);
      }
      expect(left).toEqual([]);
    } finally {
      for (const close of closing) await close();
    }
  }, 180_000);
});
