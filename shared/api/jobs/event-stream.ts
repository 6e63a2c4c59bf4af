/**
 * Events of a job as server-sent events (HTML standard, section 9.2).
 *
 * @module
 */

import type { JobEvent } from './job-schemas.ts';

/** Proxies close a connection that says nothing; most wait a minute. */
const KEEP_ALIVE_MS = 15_000;
/** After how long a client comes back when the connection broke. */
const RETRY_MS = 3000;

export interface EventStreamOptions {
  /** Aborted after that time. */
  readonly deadline: (timeoutMs: number) => AbortSignal;
  /** Called when the client has gone. */
  readonly onCancel: () => void;
  /** Between comments that keep the connection; 15 s when left out. */
  readonly keepAliveMs?: number;
}

/** Events as a stream of UTF-8, with a comment where nothing happens for a while. */
export function eventStream(
  events: AsyncIterator<JobEvent>,
  { deadline, onCancel, keepAliveMs = KEEP_ALIVE_MS }: EventStreamOptions,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let next: Promise<IteratorResult<JobEvent>> | undefined;
  return new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(encoder.encode(`retry: ${RETRY_MS}\n\n`));
    },
    async pull(controller) {
      next ??= events.next();
      const result = await Promise.race([next, silence(deadline(keepAliveMs))]);
      if (result === 'silence') {
        controller.enqueue(encoder.encode(': keep-alive\n\n'));
        return;
      }
      next = undefined;
      if (result.done) controller.close();
      else controller.enqueue(encoder.encode(messageOf(result.value)));
    },
    cancel() {
      onCancel();
      // The next event may never come, and with it the end of this promise.
      events.return?.().catch(() => {});
    },
  });
}

function messageOf({ id, type, data }: JobEvent): string {
  // JSON has no line breaks, so one data line holds it.
  return `id: ${id}\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n`;
}

function silence(signal: AbortSignal): Promise<'silence'> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve('silence'), { once: true });
  });
}
