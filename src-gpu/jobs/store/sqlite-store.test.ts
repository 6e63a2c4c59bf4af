import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, vi } from 'vitest';
import { describeJobStore } from '../../../test/conformance/job-store.ts';
import { sampleRecord } from '../../../test/conformance/sample-record.ts';
import { smallDisk } from '../../../test/support/small-disk.ts';
import { tempFolder } from '../../../test/support/temp-folder.ts';
import { openSqliteStore } from './sqlite-store.ts';

const folder = tempFolder();
const disk = smallDisk(512);

describeJobStore('the SQLite store', async () => {
  const path = join(folder, 'new', 'jobs.sqlite');
  const first = openSqliteStore(path);
  const second = openSqliteStore(path);
  return {
    first,
    second,
    close: async () => {
      await first.close();
      await second.close();
    },
  };
});

describe('the file of the SQLite store', () => {
  it('keeps jobs when the service starts again', async () => {
    const path = join(folder, 'again.sqlite');
    const before = openSqliteStore(path);
    const record = await before.create(sampleRecord());
    await before.close();
    const after = openSqliteStore(path);
    expect(await after.get(record.job.id)).toEqual(record);
    await after.close();
  });

  it('frees the tasks of a process that was killed, though the clock was set back', async () => {
    const path = join(folder, 'clock.sqlite');
    const killed = openSqliteStore(path);
    const { job } = await killed.create(sampleRecord());
    expect(await killed.lease('killed', 300)).toMatchObject({ jobId: job.id });
    await killed.close();
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 3600_000 });
    try {
      const store = openSqliteStore(path);
      expect(await store.lease('next', 60_000)).toBeUndefined();
      await expect.poll(() => store.lease('next', 60_000)).toMatchObject({ jobId: job.id });
      // Nor does a jump ahead free what is held.
      vi.setSystemTime(Date.now() + 7200_000);
      expect(await store.lease('third', 60_000)).toBeUndefined();
      await store.close();
    } finally {
      vi.useRealTimers();
    }
  });

  it.each([1, 2])('takes over a file of version %i', async (version) => {
    const path = join(folder, `version-${version}.sqlite`);
    const store = openSqliteStore(path);
    const { job } = await store.create(sampleRecord());
    await store.close();
    const database = new DatabaseSync(path);
    database.exec(`ALTER TABLE tasks DROP COLUMN lost;
                   ALTER TABLE tasks ADD COLUMN tries INTEGER NOT NULL DEFAULT 7;
                   ${version < 2 ? 'DROP TABLE clock;' : ''} PRAGMA user_version = ${version}`);
    database.close();
    const again = openSqliteStore(path);
    expect(await again.lease('node', 1000)).toMatchObject({ jobId: job.id, lost: 0, failures: 0 });
    await again.close();
  });

  it('is found out by who waits when it breaks, and ends nothing', async () => {
    const path = join(folder, 'broken.sqlite');
    const store = openSqliteStore(path);
    const { job } = await store.create(sampleRecord());
    const waiting = store.waitForChange(job.id, 30_000);
    // What lies in the file is no longer a database, as after a fault of the disk.
    const other = new DatabaseSync(path);
    other.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    other.close();
    writeFileSync(path, Buffer.alloc(statSync(path).size, 1));
    await waiting;
    await expect(store.get(job.id)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await store.close();
  });

  it.each([
    ['is no SQLite file', 'none.sqlite', /cannot be opened/],
    ['is of a newer version', 'newer.sqlite', /newer version \(schema 99/],
  ])('is refused when it %s', (_, name, message) => {
    const path = join(folder, name);
    if (name.startsWith('none')) writeFileSync(path, 'x'.repeat(4096));
    else {
      const database = new DatabaseSync(path);
      database.exec('PRAGMA user_version = 99');
      database.close();
    }
    expect(() => openSqliteStore(path)).toThrow(
      expect.objectContaining({
        code: 'CONFIGURATION_INVALID',
        message: expect.stringMatching(message),
      }),
    );
  });

  it('says what is wrong when the disk is full, and goes on when it is not', async (context) => {
    if (disk === undefined) {
      console.warn('SKIPPED full disk under SQLite: this user may not mount a tmpfs.');
      context.skip();
      return;
    }
    const store = openSqliteStore(join(disk.path, 'jobs.sqlite'));
    const record = await store.create(sampleRecord());
    await expect(
      (async () => {
        for (let i = 0; i < 2000; i++) await store.create(sampleRecord());
      })(),
    ).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    disk.resize(4096);
    expect(await store.get(record.job.id)).toEqual(record);
    const later = await store.create(sampleRecord());
    expect(await store.get(later.job.id)).toEqual(later);
    await store.close();
  });
});
