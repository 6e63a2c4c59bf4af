/** Parts of text as UTF-8, for a blob store. */
export async function* encoded(parts: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  for await (const part of parts) {
    if (part !== '') yield encoder.encode(part);
  }
}
