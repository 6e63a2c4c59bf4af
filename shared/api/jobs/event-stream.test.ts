import { describe, expect, it } from 'vitest';
import { eventStream } from './event-stream.ts';
import type { JobEvent } from './job-schemas.ts';

const never = () => new AbortController().signal;
const event = (id: number, data: unknown): JobEvent => ({ id, type: 'progress', data });

async function* eventsOf(...events: JobEvent[]) {
  yield* events;
}

describe('eventStream', () => {
  it('writes events as the HTML standard has them', async () => {
    const events = eventsOf(event(7, { nuclei: 3, name: 'a\nb' }), event(8, null));
    const stream = eventStream(events, { deadline: never, onCancel: () => {} });
    expect(await new Response(stream).text()).toBe(
      'retry: 3000\n\n' +
        'id: 7\nevent: progress\ndata: {"nuclei":3,"name":"a\\nb"}\n\n' +
        'id: 8\nevent: progress\ndata: null\n\n',
    );
  });

  it('comments where nothing happens, and loses no event by it', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    async function* late() {
      await promise;
      yield event(1, 'late');
    }
    let comments = 0;
    const stream = eventStream(late(), {
      deadline: () => {
        comments += 1;
        if (comments === 3) resolve();
        return comments > 3 ? never() : AbortSignal.timeout(1);
      },
      onCancel: () => {},
    });
    const text = await new Response(stream).text();
    expect(text.match(/: keep-alive\n\n/g)?.length).toBeGreaterThanOrEqual(2);
    expect(text.match(/data: "late"/g)).toHaveLength(1);
  });

  it('tells when the client has gone, while no event comes', async () => {
    let isGone = false;
    const silent: AsyncIterator<JobEvent> = { next: () => new Promise(() => {}) };
    const onCancel = () => {
      isGone = true;
    };
    const reader = eventStream(silent, { deadline: never, onCancel }).getReader();
    await reader.read();
    void reader.read();
    await reader.cancel();
    expect(isGone).toBe(true);
  });
});
