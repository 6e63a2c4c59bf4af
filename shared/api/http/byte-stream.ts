import type { FilePart } from '../../formats/format.ts';

/**
 * The parts of a file as a stream, made as fast as they are taken.
 *
 * @param parts A failure of theirs breaks the stream off, so that nobody takes a part for the whole.
 */
export function byteStream(
  parts: Iterable<FilePart> | AsyncIterable<FilePart>,
): ReadableStream<Uint8Array> {
  const iterator =
    Symbol.asyncIterator in parts ? parts[Symbol.asyncIterator]() : parts[Symbol.iterator]();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const next = await iterator.next();
      if (next.done) controller.close();
      else controller.enqueue(next.value);
    },
    async cancel() {
      await iterator.return?.();
    },
  });
}
