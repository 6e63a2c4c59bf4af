import { describe, expect, it } from 'vitest';
import { scoreImages } from '../../shared/scoring/score-images.ts';
import { scoreBeside } from './score-beside.ts';

const grid = (left: number, count = 30) => {
  const rows = Array.from({ length: count * count }, (_, i) => i);
  return {
    x: rows.map((i) => left + 20 * (i % count)),
    y: rows.map((i) => 20 * Math.floor(i / count)),
    class: rows.map((i) => i % 2),
  };
};
const task = (left: number, count?: number) => ({
  images: [{ id: 'a', truth: grid(0, count), predictions: grid(left, count), radiusPx: 6 }],
  classes: ['one', 'two'],
  options: {},
});

describe('a score in a thread', () => {
  it('is that of this thread, errors included', async () => {
    const near = task(3);
    expect(await scoreBeside(near)).toEqual(scoreImages(near.images, near.classes));
    const limited = { ...task(1e6), options: { maxWork: 1e6 } };
    await expect(scoreBeside(limited)).rejects.toMatchObject({
      code: 'SCORE_TOO_LARGE',
      message: expect.stringContaining('would fit'),
    });
  });

  it('lets this thread go on, and ends when nobody wants it', async () => {
    const gone = new AbortController();
    // Half a minute of work, several times over.
    const scores = Array.from({ length: 3 }, () => scoreBeside(task(1e6, 60), gone.signal));
    const ended = Promise.allSettled(scores);
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    gone.abort();
    for (const one of await ended) {
      expect(one).toMatchObject({ status: 'rejected', reason: { code: 'CANCELED' } });
    }
    expect((await scoreBeside(task(3))).tp).toBe(900);
  });

  it('is refused when many wait', async () => {
    const gone = new AbortController();
    const scores = Array.from({ length: 30 }, () => scoreBeside(task(1e6, 60), gone.signal));
    const ended = Promise.allSettled(scores);
    await expect(Promise.any(scores.slice(18).map(failed))).resolves.toBe('OVERLOADED');
    gone.abort();
    await ended;
  });
});

function failed(score: Promise<unknown>): Promise<string> {
  return score.then(
    () => Promise.reject(new Error('scored')),
    (error) => error.code,
  );
}
