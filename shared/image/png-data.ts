/**
 * Whether the data of a PNG are as many as its header says. A decoder inflates all of them, also what lies
 * behind the last pixel, and a thousandth of them in the file is enough.
 *
 * @module
 */
import { UniCellError } from '../errors.ts';

/** Less cannot become more than a few dozen megabytes: it is not looked at. */
const LOOKED_AT = 2 ** 16;
/** Bits of a pixel by colour type, for a depth of one (ISO/IEC 15948, table 11.1). */
const CHANNELS: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };
/** Start and step of the passes of Adam7, across and down (section 8.2). */
const PASSES = [
  [0, 8, 0, 8],
  [4, 8, 0, 8],
  [0, 4, 4, 8],
  [2, 4, 0, 4],
  [0, 2, 2, 4],
  [1, 2, 0, 2],
  [0, 1, 1, 2],
] as const;

/**
 * Inflates the data of a PNG until they end, or are more than its pixels need.
 *
 * @throws {UniCellError} `IMAGE_UNREADABLE` in the second case. What else may be wrong is left to the decoder.
 */
export async function checkPngData(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  const parts = dataOf(bytes);
  if (parts.reduce((sum, { length }) => sum + length, 0) < LOOKED_AT) return;
  const needed = neededBytes(bytes);
  const inflated = new Blob(parts).stream().pipeThrough(new DecompressionStream('deflate'));
  const reader = inflated.getReader();
  let found = 0;
  try {
    while (found <= needed) {
      const next = await reader.read().catch(() => undefined);
      if (next === undefined || next.done) return;
      found += next.value.length;
    }
  } finally {
    reader.cancel().catch(() => {});
  }
  throw new UniCellError(
    'IMAGE_UNREADABLE',
    `The PNG has more data than the ${needed} bytes that its pixels need. It is damaged, or was made to waste time; export it again.`,
  );
}

/** The contents of the chunks IDAT. */
function dataOf(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const parts: Uint8Array<ArrayBuffer>[] = [];
  for (let at = 8; at + 8 <= bytes.length; ) {
    const length = view.getUint32(at);
    if (view.getUint32(at + 4) === 0x49444154) parts.push(bytes.subarray(at + 8, at + 8 + length));
    at += 12 + length;
  }
  return parts;
}

/** Of all rows with their filter bytes, in one pass or in seven. */
function neededBytes(bytes: Uint8Array<ArrayBuffer>): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  const bits = view.getUint8(24) * (CHANNELS[view.getUint8(25)] ?? 4);
  const rows = (w: number, h: number) => (w === 0 ? 0 : h * (1 + Math.ceil((w * bits) / 8)));
  if (view.getUint8(28) === 0) return rows(width, height);
  const count = (size: number, start: number, step: number) =>
    Math.max(0, Math.ceil((size - start) / step));
  return PASSES.reduce(
    (sum, [x, dx, y, dy]) => sum + rows(count(width, x, dx), count(height, y, dy)),
    0,
  );
}
