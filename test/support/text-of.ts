/** The parts of a file as text. */
export function textOf(parts: Iterable<Uint8Array>): string {
  return Buffer.concat([...parts]).toString();
}
