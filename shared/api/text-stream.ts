/**
 * Parts of text that come over time as a stream of UTF-8, made as fast as they are taken.
 *
 * @param parts A failure of theirs breaks the stream off, so that nobody takes a part for the whole.
 */
export function streamOfAsync(parts: AsyncIterable<string>): ReadableStream<Uint8Array> {
  const iterator = parts[Symbol.asyncIterator]();
  const encoder = new TextEncoder();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      for (let next = await iterator.next(); !next.done; next = await iterator.next()) {
        // A stream of bytes may not be given an empty part.
        if (next.value === '') continue;
        controller.enqueue(encoder.encode(next.value));
        return;
      }
      controller.close();
    },
    async cancel() {
      await iterator.return?.();
    },
  });
}
