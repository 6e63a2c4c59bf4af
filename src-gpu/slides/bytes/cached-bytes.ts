/**
 * Remembers blocks of a file that is far away, so that the small reads of a TIFF's header and the tiles
 * beside each other cost few requests.
 *
 * @module
 */
import { BlockCache } from './block-cache.ts';
import { type ByteSource, requireRange } from './byte-source.ts';

const BLOCK_BYTES = 256 * 1024;
const CACHE_BYTES = 32 * 1024 * 1024;

/** A view of `source` that reads whole blocks and keeps the latest of them. */
export function cachedBytes(source: ByteSource): ByteSource {
  const blocks = new BlockCache<Uint8Array>(CACHE_BYTES, (block) => block.length);
  const block = (index: number, signal: AbortSignal | undefined) =>
    blocks.get(
      String(index),
      (stop) => {
        const start = index * BLOCK_BYTES;
        return source.read(start, Math.min(BLOCK_BYTES, source.size - start), stop);
      },
      signal,
    );
  return {
    label: source.label,
    size: source.size,
    async read(offset, length, signal) {
      requireRange(source, offset, length);
      // What is larger than some blocks comes in one request, and would push everything else out.
      if (length > 4 * BLOCK_BYTES) return source.read(offset, length, signal);
      const bytes = new Uint8Array(length);
      const first = Math.floor(offset / BLOCK_BYTES);
      const last = Math.floor(Math.max(offset, offset + length - 1) / BLOCK_BYTES);
      await Promise.all(
        Array.from({ length: last - first + 1 }, async (_, i) => {
          const start = (first + i) * BLOCK_BYTES;
          const part = (await block(first + i, signal)).subarray(
            Math.max(0, offset - start),
            Math.max(0, offset + length - start),
          );
          bytes.set(part, Math.max(0, start - offset));
        }),
      );
      return bytes;
    },
    close: () => source.close(),
  };
}
