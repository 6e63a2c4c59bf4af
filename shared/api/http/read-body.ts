/**
 * Reading a request's body without trusting its length or its speed.
 *
 * @module
 */

import { UniCellError } from '../../errors.ts';
import { jsonTooLarge, MAX_JSON_BYTES } from './json-body.ts';

/** What was read, and what was not. */
export interface ReadBody {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The rest of a body that is longer than the limit, unread. */
  readonly rest: ReadableStreamDefaultReader<Uint8Array> | undefined;
}

/**
 * Reads at most `limit` bytes and a chunk.
 *
 * @param deadline Aborted when the body has taken too long.
 * @throws {UniCellError} `BODY_TIMEOUT`; `BODY_INVALID` when the connection broke.
 */
export async function readBody(
  body: ReadableStream<Uint8Array> | null,
  limit: number,
  deadline: AbortSignal,
): Promise<ReadBody> {
  if (body === null) return { bytes: new Uint8Array(), rest: undefined };
  const reader = body.getReader() as ReadableStreamDefaultReader<Uint8Array>;
  const late = new Promise<'late'>((resolve) => {
    deadline.addEventListener('abort', () => resolve('late'), { once: true });
  });
  const chunks: Uint8Array[] = [];
  let length = 0;
  while (length <= limit) {
    const next = await Promise.race([reader.read().catch(broken), late]);
    if (next === 'late') {
      reader.cancel().catch(() => {});
      throw new UniCellError(
        'BODY_TIMEOUT',
        `The body was not complete in time; ${length} bytes had come. Send it faster, or send less.`,
      );
    }
    if (next.done) return { bytes: concat(chunks, length), rest: undefined };
    chunks.push(next.value);
    length += next.value.length;
  }
  return { bytes: concat(chunks, length), rest: reader };
}

/**
 * Reads a whole body.
 *
 * @throws {UniCellError} `BODY_TOO_LARGE`, cut off while reading, and what `readBody` throws.
 */
export async function readWholeBody(
  body: ReadableStream<Uint8Array> | null,
  limit: number,
  deadline: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  const { bytes, rest } = await readBody(body, limit, deadline);
  if (rest) {
    rest.cancel().catch(() => {});
    throw bodyTooLarge(limit);
  }
  return bytes;
}

/**
 * Reads a body of JSON that holds no picture.
 *
 * @throws {UniCellError} `BODY_TOO_LARGE` and what `readBody` throws.
 */
export async function readWholeJson(
  body: ReadableStream<Uint8Array> | null,
  deadline: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  const { bytes, rest } = await readBody(body, MAX_JSON_BYTES, deadline);
  rest?.cancel().catch(() => {});
  if (rest) throw jsonTooLarge();
  return bytes;
}

export function bodyTooLarge(limit: number): UniCellError {
  return new UniCellError(
    'BODY_TOO_LARGE',
    `The body is larger than the ${limit} bytes that are taken here. Send a smaller picture, or a region of it.`,
  );
}

/** The bytes that were read, then the rest, as one stream that holds only a chunk at a time. */
export function rejoin({ bytes, rest }: ReadBody): ReadableStream<Uint8Array> {
  let isFirst = true;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      if (isFirst) {
        isFirst = false;
        controller.enqueue(bytes);
        return;
      }
      const next = await rest?.read();
      if (next?.value) controller.enqueue(next.value);
      else controller.close();
    },
    async cancel(reason) {
      await rest?.cancel(reason);
    },
  });
}

function broken(cause: unknown): never {
  throw new UniCellError(
    'BODY_INVALID',
    'The connection broke before the body was complete. Send the request again.',
    { cause },
  );
}

function concat(chunks: readonly Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
