/**
 * A name for the content of a file.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import type { ByteSource } from './bytes/byte-source.ts';

/** Files up to this size are hashed whole. */
const WHOLE_BYTES = 64 * 1024 * 1024;
const READ_BYTES = 4 * 1024 * 1024;
const SAMPLES = 256;
const SAMPLE_BYTES = 64 * 1024;

/**
 * SHA-256, as hex, of the whole file up to 64 MiB. Of a larger one it is taken over its size and 256
 * evenly spread ranges of 64 KiB, among them the first and the last: 16 MiB are read however large the
 * slide is, and the same on a disk and over the network.
 *
 * @param extra What else names the content, when it does not lie in this file alone.
 */
export async function fingerprintOf(
  source: ByteSource,
  extra = '',
  signal?: AbortSignal,
): Promise<string> {
  const { size } = source;
  const isWhole = size <= WHOLE_BYTES;
  const hash = createHash('sha256');
  if (!isWhole) hash.update(`unicell-sampled-1 ${size}\n`);
  for (const [offset, length] of isWhole ? parts(size) : samples(size)) {
    hash.update(await source.read(offset, length, signal));
  }
  return hash.update(extra).digest('hex');
}

function* parts(size: number): Generator<[offset: number, length: number]> {
  for (let offset = 0; offset < size; offset += READ_BYTES) {
    yield [offset, Math.min(READ_BYTES, size - offset)];
  }
}

function* samples(size: number): Generator<[offset: number, length: number]> {
  for (let i = 0; i < SAMPLES; i++) {
    yield [Math.floor((i * (size - SAMPLE_BYTES)) / (SAMPLES - 1)), SAMPLE_BYTES];
  }
}
