import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { openSqliteStore } from '../../src-gpu/jobs/store/sqlite-store.ts';
import { sampleRecord } from '../conformance/sample-record.ts';
import { tempFolder } from '../support/temp-folder.ts';

const script = fileURLToPath(new URL('deadly-node.ts', import.meta.url));

it('a job that kills its process ends as failed after three, and takes no other job with it', async () => {
  const folder = tempFolder();
  const path = join(folder, 'jobs.sqlite');
  const store = openSqliteStore(path);
  const named = (name: string) => {
    const record = sampleRecord();
    return store.create({ ...record, job: { ...record.job, name } });
  };
  const jobs = [await named('deadly'), await named('one'), await named('another')];
  const outcomes = async () => {
    const records = await Promise.all(jobs.map(({ job }) => store.get(job.id)));
    return records.map((record) => record!.job);
  };
  const isOver = async () =>
    (await outcomes()).every(({ status }) => /ed$|errors$/.test(status) && status !== 'queued');
  let deaths = 0;
  while (!(await isOver())) {
    const node = spawn(process.execPath, [script, path, join(folder, 'blobs')], {
      stdio: 'inherit',
    });
    const ended = once(node, 'exit').then(() => 'ended');
    for (;;) {
      const change = store.waitForChange(undefined, 1000).then(() => 'changed');
      if ((await Promise.race([ended, change])) === 'ended') {
        deaths++;
        break;
      }
      if (await isOver()) {
        node.kill('SIGKILL');
        await ended;
        break;
      }
    }
  }
  const [deadly, ...others] = await outcomes();
  expect(deaths).toBe(3);
  expect(deadly).toMatchObject({
    status: 'failed',
    errors: [{ detail: expect.stringContaining('begun 3 times') }],
  });
  for (const { status, progress } of others) {
    expect([status, progress.chunksDone]).toEqual(['completed', 6]);
  }
  await store.close();
}, 120_000);
