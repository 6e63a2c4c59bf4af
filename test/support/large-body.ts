const PART = 2 ** 20;

/**
 * A body of whole MiB, the first of which begins as given. undici sends a Blob with its length, and a stream in
 * chunks, without one.
 */
export function largeBody(
  bytes: number,
  isLengthKnown: boolean,
  start: readonly number[] = [],
): Blob | ReadableStream<Uint8Array> {
  const part = new Uint8Array(PART);
  part.set(start);
  if (isLengthKnown) return new Blob(Array.from({ length: bytes / PART }, () => part));
  let left = bytes;
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      controller.enqueue(part);
      left -= PART;
      if (left === 0) controller.close();
    },
  });
}
