import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BatchQueue, type QueuedRun } from './batch-queue.ts';

const size = { width: 64, height: 64 };
const run = (change: Partial<QueuedRun> & { id?: number } = {}) => ({
  batch: 1,
  datasets: ['consep'],
  size,
  priority: 'interactive' as const,
  queuedMs: 0,
  ...change,
});
const lateMs = 100;

describe('BatchQueue', () => {
  it('gives every run once, in batches that fit, a lane in its order', () => {
    const runs = fc.array(
      fc.record({
        batch: fc.integer({ min: 1, max: 8 }),
        datasets: fc.constantFrom(['consep'], ['ocelot'], ['consep', 'ocelot']),
        priority: fc.constantFrom('interactive' as const, 'job' as const),
        width: fc.constantFrom(64, 128),
      }),
    );
    fc.assert(
      fc.property(runs, (all) => {
        const queue = new BatchQueue<ReturnType<typeof run>>({ maxBatch: 8, queueDelayMs: 5 });
        const queued = all.map(({ width, ...rest }, id) =>
          run({ ...rest, id, size: { width, height: 64 } } as never),
        );
        for (const one of queued) queue.add(one);
        const seen: { id: number; priority: string; key: string }[] = [];
        for (;;) {
          const batch = queue.take(lateMs);
          if (batch.length === 0) break;
          expect(batch.reduce((sum, one) => sum + one.batch, 0)).toBeLessThanOrEqual(8);
          expect(new Set(batch.map(keyOf)).size).toBe(1);
          if (batch[0]!.priority === 'job') expect(batch).toHaveLength(1);
          for (const one of batch) {
            seen.push({
              id: (one as { id?: number }).id!,
              priority: one.priority,
              key: keyOf(one),
            });
          }
        }
        expect(seen.map(({ id }) => id).toSorted((a, b) => a - b)).toEqual(all.map((_, i) => i));
        const priorities = seen.map(({ priority }) => priority);
        expect(priorities).toEqual(priorities.toSorted());
        const jobs = seen.filter(({ priority }) => priority === 'job').map(({ id }) => id);
        expect(jobs).toEqual(jobs.toSorted((a, b) => a - b));
        expect(queue.length).toBe(0);
      }),
    );
  });

  it('lets an interactive run wait for others until its time is up', () => {
    const queue = new BatchQueue({ maxBatch: 4, queueDelayMs: 5 });
    queue.add(run({ queuedMs: 10 }));
    expect(queue.take(12)).toEqual([]);
    expect(queue.waitMs(12)).toBe(3);
    queue.add(run({ queuedMs: 13 }));
    expect(queue.take(15)).toHaveLength(2);
    expect(queue.waitMs(15)).toBeUndefined();
  });

  it('does not wait when the batch is full, or when a job would take the model meanwhile', () => {
    const queue = new BatchQueue({ maxBatch: 4, queueDelayMs: 5 });
    queue.add(run({ batch: 4 }));
    expect(queue.take(0)).toHaveLength(1);
    queue.add(run({ priority: 'job' }));
    queue.add(run());
    expect(queue.take(0)[0]).toMatchObject({ priority: 'interactive' });
    expect(queue.take(0)[0]).toMatchObject({ priority: 'job' });
  });

  it('lets a small run share a batch past a large one that does not fit', () => {
    const queue = new BatchQueue({ maxBatch: 4, queueDelayMs: 0 });
    for (const batch of [3, 2, 1]) queue.add(run({ batch }));
    expect(queue.take(1).map(({ batch }) => batch)).toEqual([3, 1]);
    expect(queue.take(1).map(({ batch }) => batch)).toEqual([2]);
  });
});

function keyOf({ datasets, size }: QueuedRun): string {
  return `${size.width} ${datasets.join()}`;
}
