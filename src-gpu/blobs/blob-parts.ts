/**
 * The bytes of a blob on their way into a store.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { throwIfCanceled } from '../../shared/cancel.ts';
import type { BlobContent } from './blob-store.ts';

/** What was written so far. */
export class BlobTally {
  bytes = 0;
  readonly #hash = createHash('sha256');

  add(part: Uint8Array): void {
    this.bytes += part.length;
    this.#hash.update(part);
  }

  finish(): { readonly bytes: number; readonly sha256: string } {
    return { bytes: this.bytes, sha256: this.#hash.digest('hex') };
  }
}

/** Goes through content of any form and stops when the signal is aborted. */
export async function* partsOf(
  content: BlobContent,
  signal: AbortSignal | undefined,
): AsyncIterable<Uint8Array> {
  throwIfCanceled(signal);
  if (content instanceof Uint8Array) {
    yield content;
    return;
  }
  for await (const part of content) {
    throwIfCanceled(signal);
    yield part;
  }
  throwIfCanceled(signal);
}

/** The same bytes in parts of `size`, the last one shorter; none when there are no bytes. */
export async function* regroup(
  parts: AsyncIterable<Uint8Array>,
  size: number,
): AsyncIterable<Uint8Array> {
  let buffer = new Uint8Array(size);
  let length = 0;
  for await (const part of parts) {
    for (let at = 0; at < part.length; ) {
      const taken = part.subarray(at, at + size - length);
      buffer.set(taken, length);
      length += taken.length;
      at += taken.length;
      if (length < size) continue;
      yield buffer;
      buffer = new Uint8Array(size);
      length = 0;
    }
  }
  if (length > 0) yield buffer.subarray(0, length);
}
