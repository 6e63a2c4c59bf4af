/**
 * A slide as the body of a request: passed on chunk by chunk, without trusting its length or its speed.
 *
 * @module
 */

import { UniCellError } from '../../errors.ts';
import type { ApiAdapters } from '../adapters.ts';
import { bodyTooLarge } from './read-body.ts';

/**
 * Passes a body on and ends with an error where it is empty, too long, too slow or cut off, so that
 * nobody takes a part for the whole.
 *
 * The stream fails with `BODY_EMPTY`, `BODY_TOO_LARGE`, `BODY_TIMEOUT` after `bodyTimeoutMs` without a
 * byte, or `BODY_INVALID` when the connection broke.
 *
 * @param request Its Content-Length is believed only where it is too large.
 * @throws {UniCellError} `BODY_EMPTY`, `BODY_TOO_LARGE`.
 */
export function uploadBody(request: Request, api: ApiAdapters): ReadableStream<Uint8Array> {
  const { uploadBytes: limit = api.limits.bodyBytes, bodyTimeoutMs } = api.limits;
  if (request.body === null) throw empty();
  if (Number(request.headers.get('content-length') ?? 0) > limit) throw bodyTooLarge(limit);
  const reader = request.body.getReader() as ReadableStreamDefaultReader<Uint8Array>;
  let received = 0;
  let since = api.now();
  let late = lateness(api.deadline(bodyTimeoutMs));
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        // One timer for many chunks; the last of them has at least half the time.
        if (api.now() - since > bodyTimeoutMs / 2) {
          since = api.now();
          late = lateness(api.deadline(bodyTimeoutMs));
        }
        const next = await Promise.race([reader.read().catch(broken), late]);
        if (next === 'late') {
          reader.cancel().catch(() => {});
          throw stalled(received);
        }
        if (next.done) {
          if (received === 0) throw empty();
          controller.close();
          return;
        }
        received += next.value.length;
        if (received > limit) {
          reader.cancel().catch(() => {});
          throw bodyTooLarge(limit);
        }
        controller.enqueue(next.value);
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}

function lateness(deadline: AbortSignal): Promise<'late'> {
  return new Promise((resolve) => {
    deadline.addEventListener('abort', () => resolve('late'), { once: true });
  });
}

function empty(): UniCellError {
  return new UniCellError('BODY_EMPTY', 'The body is empty; send a slide in it.');
}

function stalled(received: number): UniCellError {
  return new UniCellError(
    'BODY_TIMEOUT',
    `The body stood still; ${received} bytes had come. Send it again, over a faster connection.`,
  );
}

function broken(cause: unknown): never {
  throw new UniCellError(
    'BODY_INVALID',
    'The connection broke before the slide was complete; nothing was kept. Send it again.',
    { cause },
  );
}
