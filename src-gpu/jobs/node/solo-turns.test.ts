import { expect, it } from 'vitest';
import { SoloTurns } from './solo-turns.ts';

it('lets one work alone: after those that share, before those that come', async () => {
  const turns = new SoloTurns();
  const done: string[] = [];
  await turns.share();
  await turns.share();
  const finish = Promise.withResolvers<void>();
  const alone = turns.alone(async () => {
    done.push('begins alone');
    await finish.promise;
    done.push('ends alone');
  });
  const late = turns.share().then(() => done.push('shares'));
  await Promise.resolve();
  expect(done).toEqual([]);
  // The other one that shares wants to be alone too, must not wait, and leaves.
  expect(turns.alone(() => Promise.resolve())).toBeUndefined();
  turns.leave();
  await expect.poll(() => done).toEqual(['begins alone']);
  finish.resolve();
  await Promise.all([alone, late]);
  expect(done).toEqual(['begins alone', 'ends alone', 'shares']);
});

it('lets others in after work that failed', async () => {
  const turns = new SoloTurns();
  await turns.share();
  await expect(turns.alone(() => Promise.reject(new Error('failed')))).rejects.toThrow('failed');
  await turns.share();
});
