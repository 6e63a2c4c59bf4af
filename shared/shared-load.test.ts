import { describe, expect, it } from 'vitest';
import { SharedLoad, untilAborted } from './shared-load.ts';

const never = new Promise<never>(() => {});
const canceled = { code: 'CANCELED' };

describe('work that several wait for', () => {
  it('goes on while one of them waits, and ends with the last', async () => {
    let stop: AbortSignal | undefined;
    const load = new SharedLoad((signal) => {
      stop = signal;
      return never;
    });
    const [one, other] = [new AbortController(), new AbortController()];
    const waiting = [load.wait(one.signal), load.wait(other.signal)];
    one.abort();
    await expect(waiting[0]).rejects.toMatchObject(canceled);
    expect([load.isAbandoned, stop!.aborted]).toEqual([false, false]);
    other.abort();
    await expect(waiting[1]).rejects.toMatchObject(canceled);
    expect([load.isAbandoned, stop!.aborted]).toEqual([true, true]);
  });

  it('is not stopped once it has ended', async () => {
    const load = new SharedLoad(async (signal) => signal);
    const stop = await load.wait();
    const gone = AbortSignal.abort();
    await expect(load.wait(gone)).rejects.toMatchObject(canceled);
    expect([load.isAbandoned, stop.aborted]).toEqual([false, false]);
  });

  it('tells its failure to all', async () => {
    const load = new SharedLoad(() => Promise.reject(new Error('broken')));
    await expect(load.wait()).rejects.toThrow('broken');
    await expect(load.wait(new AbortController().signal)).rejects.toThrow('broken');
    expect(load.isAbandoned).toBe(false);
  });
});

it('who has given up does not wait', async () => {
  await expect(untilAborted(never, AbortSignal.abort())).rejects.toMatchObject(canceled);
  expect(await untilAborted(Promise.resolve(3), new AbortController().signal)).toBe(3);
});
