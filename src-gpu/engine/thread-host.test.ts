import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { tempFolder } from '../../test/support/temp-folder.ts';
import { writeTinyModel } from '../../test/support/tiny-model.ts';
import type { EngineHost } from './engine-host.ts';
import { startModelThread } from './model-thread.ts';
import { checkModel } from './native-engine.ts';
import { type EngineHostOptions, openEngineHost } from './open-engine-host.ts';
import { ThreadHost } from './thread-host.ts';

const model = join(tempFolder(), 'tiny');
await writeTinyModel(model);
const floats = 3 * 64 * 64;
const crashing = new URL('../../test/support/crashing-thread.ts', import.meta.url);

const opened: EngineHost[] = [];
afterAll(() => Promise.all(opened.map((host) => host.close())));

async function open(options: Partial<EngineHostOptions> = {}) {
  const host = await openEngineHost({ model, ep: 'cpu', threads: 1, ...options });
  opened.push(host);
  return host;
}

/** Windows that all differ: window `i` has the grey `i`, in a fixed order. */
function windows(count: number, first = 0): Float32Array {
  const values = new Float32Array(count * floats);
  for (let i = 0; i < count; i++)
    values.fill(((first + i) % 40) / 20 - 1, i * floats, (i + 1) * floats);
  return values;
}

describe('an engine host', () => {
  it('gives each request what it would get alone', async () => {
    const host = await open({ maxBatch: 8, queueDelayMs: 20 });
    const engine = host.engine('interactive');
    const alone = [];
    for (let i = 0; i < 6; i++)
      alone.push(await engine.run(windows(2, 2 * i), 2, ['consep', 'ocelot']));
    const batches = host.stats().batches;
    const together = await Promise.all(
      alone.map((_, i) => engine.run(windows(2, 2 * i), 2, ['consep', 'ocelot'])),
    );
    expect(together).toEqual(alone);
    expect(host.stats().batches - batches).toBe(2);
  });

  it('keeps requests for other datasets apart', async () => {
    const host = await open({ queueDelayMs: 5 });
    const engine = host.engine('interactive');
    const [one, other] = await Promise.all([
      engine.run(windows(1), 1, ['consep']),
      engine.run(windows(1), 1, ['ocelot']),
    ]);
    expect([one![0]!.dataset, other![0]!.dataset]).toEqual(['consep', 'ocelot']);
    expect(host.stats()).toMatchObject({ windows: 2, batches: 2, queued: 0 });
  });

  it('splits a run that is larger than a batch, and joins what comes out', async () => {
    const small = await open({ maxBatch: 3 });
    const large = await open({ maxBatch: 16 });
    const split = await small.engine('job').run(windows(8), 8, ['consep', 'ocelot']);
    expect(split).toEqual(await large.engine('job').run(windows(8), 8, ['consep', 'ocelot']));
    expect(small.stats().batches).toBe(3);
  });

  it('runs interactive requests before jobs that came earlier', async () => {
    const host = await open({ maxBatch: 1 });
    const [job, interactive] = [host.engine('job'), host.engine('interactive')];
    const ended: string[] = [];
    const note = (name: string) => () => void ended.push(name);
    await Promise.all([
      job.run(windows(1), 1, ['consep']).then(note('running job')),
      job.run(windows(1), 1, ['consep']).then(note('job')),
      job.run(windows(1), 1, ['consep']).then(note('job')),
      interactive.run(windows(1), 1, ['consep']).then(note('interactive')),
    ]);
    expect(ended).toEqual(['running job', 'interactive', 'job', 'job']);
  });

  it('refuses interactive requests beyond its bound and lets jobs wait', async () => {
    const host = await open({ maxQueued: 1, maxBatch: 1 });
    const [job, interactive] = [host.engine('job'), host.engine('interactive')];
    const jobs = Array.from({ length: 5 }, () => job.run(windows(1), 1, ['consep']));
    const waiting = interactive.run(windows(1), 1, ['consep']);
    await expect(interactive.run(windows(1), 1, ['consep'])).rejects.toMatchObject({
      code: 'OVERLOADED',
      message: expect.stringContaining('1 requests wait'),
    });
    await Promise.all([waiting, ...jobs]);
    expect(host.stats()).toMatchObject({ windows: 6, queued: 0 });
  });

  it('passes on what the model says of a bad request, and goes on', async () => {
    const host = await open();
    const engine = host.engine('job');
    await expect(engine.run(windows(2), 1, ['consep'])).rejects.toMatchObject({
      code: 'INVALID_OPTIONS',
    });
    await expect(engine.run(windows(1), 1, ['lizard'])).rejects.toMatchObject({
      code: 'DATASET_NOT_IN_MODEL',
    });
    expect(await engine.run(windows(1), 1, ['consep'])).toHaveLength(1);
    expect(host.failure).toBeUndefined();
  });

  it('ends what it has begun when it is closed, and begins nothing more', async () => {
    const host = await openEngineHost({ model, ep: 'cpu', threads: 1 });
    const engine = host.engine('job');
    const runs = Array.from({ length: 4 }, () => engine.run(windows(2), 2, ['consep']));
    const closed = host.close();
    await expect(engine.run(windows(1), 1, ['consep'])).rejects.toMatchObject({
      code: 'ENGINE_FAILED',
    });
    expect((await Promise.all(runs)).flat()).toHaveLength(4);
    await closed;
  });

  it('runs as many at once as it has sessions, with the same outputs', async () => {
    const several = await open({ sessions: 3, maxBatch: 1 });
    const one = await open({ sessions: 1, maxBatch: 1 });
    const all = (host: EngineHost) =>
      Promise.all(
        Array.from({ length: 12 }, (_, i) => host.engine('job').run(windows(1, i), 1, ['consep'])),
      );
    expect(await all(several)).toEqual(await all(one));
    expect(several.stats()).toMatchObject({ windows: 12, batches: 12, queued: 0 });
    expect(several.engine('job').feed!.runs).toBe(4);
  });

  it('counts what it does', async () => {
    const host = await open({ maxBatch: 4 });
    await host.engine('job').run(windows(3), 3, ['consep']);
    const { windows: seen, batches, busySeconds, upSeconds } = host.stats();
    expect([seen, batches]).toEqual([3, 1]);
    expect(busySeconds).toBeGreaterThan(0);
    expect(busySeconds).toBeLessThan(upSeconds);
  });
});

describe('a model thread that crashes', () => {
  const native = checkModel(model, { threads: 1 });
  const hostOn = async (sessions: number, ...programs: (URL | undefined)[]) => {
    const card = (await native).card;
    const start = async () => startModelThread(await native, programs.shift());
    const threads = [];
    for (let i = 0; i < sessions; i++) threads.push(await start());
    return new ThreadHost(threads, {
      card,
      provider: 'cpu',
      providerNote: undefined,
      maxBatch: 4,
      queueDelayMs: 0,
      maxQueued: 9,
      runsInThread: 1,
      restart: start,
    });
  };

  it('fails the run it had and is replaced for those that wait', async () => {
    const host = await hostOn(1, crashing, undefined);
    const engine = host.engine('job');
    const [lost, kept] = await Promise.allSettled([
      engine.run(windows(1), 1, ['consep']),
      engine.run(windows(1), 1, ['consep']),
    ]);
    expect(lost).toMatchObject({
      status: 'rejected',
      reason: { code: 'ENGINE_FAILED', message: expect.stringContaining('exit code 7') },
    });
    expect(kept.status).toBe('fulfilled');
    expect(host.failure).toBeUndefined();
    await host.close();
  });

  it('leaves the other thread of its host at work', async () => {
    const host = await hostOn(2, crashing, undefined, undefined);
    const engine = host.engine('job');
    const runs = Array.from({ length: 6 }, (_, i) => engine.run(windows(1, i), 1, ['consep']));
    const settled = await Promise.allSettled(runs);
    expect(settled.filter(({ status }) => status === 'rejected')).toHaveLength(1);
    expect(await engine.run(windows(1), 1, ['consep'])).toHaveLength(1);
    expect(host.failure).toBeUndefined();
    await host.close();
  });

  it('is not replaced twice', async () => {
    const host = await hostOn(1, crashing, crashing);
    const engine = host.engine('interactive');
    const runs = Array.from({ length: 4 }, () => engine.run(windows(4), 4, ['consep']));
    for (const run of await Promise.allSettled(runs)) {
      expect(run).toMatchObject({ status: 'rejected', reason: { code: 'ENGINE_FAILED' } });
    }
    expect(host.failure).toContain('Restart the process');
    await expect(engine.run(windows(1), 1, ['consep'])).rejects.toMatchObject({
      code: 'ENGINE_FAILED',
    });
    await host.close();
  });
});

describe('openEngineHost', () => {
  it('says what is wrong with the model before a thread has to', async () => {
    await expect(openEngineHost({ model: 'no-such' })).rejects.toMatchObject({
      code: 'MODEL_NOT_FOUND',
    });
  });

  it.each([
    [{ maxBatch: 0 }, 'maxBatch is 0'],
    [{ queueDelayMs: -1 }, 'queueDelayMs is -1'],
    [{ threads: 1.5 }, 'threads is 1.5'],
    [{ sessions: 65 }, 'sessions is 65'],
  ])('refuses %o', async (options, message) => {
    await expect(openEngineHost({ model, ...options })).rejects.toMatchObject({
      code: 'INVALID_OPTIONS',
      message: expect.stringContaining(message),
    });
  });

  it('passes on graphs that do not fit each other', async () => {
    const swapped = join(tempFolder(), 'swapped');
    const card = await writeTinyModel(swapped);
    const { trunk, dataset } = card.variants.fp32!;
    await writeTinyModel(swapped, { variants: { fp32: { trunk: dataset, dataset: trunk } } });
    await expect(openEngineHost({ model: swapped, ep: 'cpu' })).rejects.toMatchObject({
      code: 'CARD_MISMATCH',
    });
  });
});
