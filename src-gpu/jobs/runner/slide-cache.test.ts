import { describe, expect, it, vi } from 'vitest';
import { UniCellError } from '../../../shared/errors.ts';
import { rasterSlide } from '../../../test/support/raster-slide.ts';
import type { JobRecord } from '../job-store.ts';
import { SlideCache } from './slide-cache.ts';

const recordOf = (id: string) => ({ job: { id } }) as JobRecord;

function openings(limits = {}) {
  const log: string[] = [];
  const raster = { width: 1, height: 1, data: new Uint8Array(3) };
  const cache = new SlideCache(async ({ job: { id } }) => {
    log.push(`open ${id}`);
    const close = async () => void log.push(`close ${id}`);
    return rasterSlide(raster, 1, { close });
  }, limits);
  const use = (id: string, work: () => Promise<unknown> = async () => {}) =>
    cache.use(recordOf(id), work);
  return { cache, log, use };
}

describe('open slides', () => {
  it('stay open for the next who asks, and are closed beyond the capacity, the oldest first', async () => {
    const { log, use } = openings({ capacity: 2 });
    for (const id of ['a', 'b', 'a', 'c']) await use(id);
    expect(log).toEqual(['open a', 'open b', 'open c', 'close b']);
  });

  it('are closed when nobody has used them for a while', async () => {
    vi.useFakeTimers();
    const { log, use } = openings({ idleMs: 1000 });
    await use('a');
    await vi.advanceTimersByTimeAsync(900);
    await use('a');
    await vi.advanceTimersByTimeAsync(900);
    expect(log).toEqual(['open a']);
    await vi.advanceTimersByTimeAsync(200);
    expect(log).toEqual(['open a', 'close a']);
    vi.useRealTimers();
  });

  it('are opened anew after a failure, but not when somebody only gave up', async () => {
    const { log, use } = openings();
    const fail = (error: Error) => use('a', () => Promise.reject(error)).catch(() => {});
    await fail(new UniCellError('CANCELED', 'gone'));
    await use('a');
    expect(log).toEqual(['open a']);
    await fail(new UniCellError('IMAGE_UNREADABLE', 'bad'));
    await use('a');
    expect(log).toEqual(['open a', 'close a', 'open a']);
  });

  it('are asked for again when they could not be opened', async () => {
    let tries = 0;
    const cache = new SlideCache(async () => {
      tries += 1;
      throw new UniCellError('NOT_FOUND', 'not yet');
    });
    for (let i = 0; i < 2; i++) await cache.use(recordOf('a'), async () => {}).catch(() => {});
    expect(tries).toBe(2);
  });

  it('are let go when their job is erased, as soon as nobody reads', async () => {
    const { cache, log, use } = openings();
    await use('a', () => cache.drop('a').then(() => log.push('still read')));
    expect(log).toEqual(['open a', 'still read', 'close a']);
    await use('b');
    await cache.drop('b');
    expect(log.at(-1)).toBe('close b');
  });
});
