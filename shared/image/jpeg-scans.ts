/**
 * How many scans a JPEG has. A progressive one is decoded anew for each, over all of its pixels, and a scan may
 * have a dozen bytes: a small file can cost hours.
 *
 * @module
 */
import { UniCellError } from '../errors.ts';

/** Encoders write about ten, the most elaborate about thirty. */
export const MAX_SCANS = 64;

const [MARKER, END, SCAN] = [0xff, 0xd9, 0xda];

/**
 * Walks the markers of a JPEG from any of them to its end (ITU-T T.81, section B.1.1), whatever stands behind that.
 *
 * @param label Begins a sentence.
 * @param from Where a marker stands.
 * @throws {UniCellError} `IMAGE_UNREADABLE` for more than {@link MAX_SCANS}.
 */
export function checkScans(bytes: Uint8Array, label: string, from = 2): void {
  let scans = 0;
  for (let at = from; ; ) {
    at = bytes.indexOf(MARKER, at);
    if (at < 0 || at + 1 >= bytes.length) return;
    const marker = bytes[at + 1]!;
    if (marker === END) return;
    if (marker === MARKER) at += 1;
    else if (isBare(marker)) at += 2;
    else {
      if (marker === SCAN && ++scans > MAX_SCANS) {
        throw new UniCellError(
          'IMAGE_UNREADABLE',
          `${label} is a progressive JPEG of more than ${MAX_SCANS} scans, which no encoder writes. Export it again.`,
        );
      }
      // The coded data of a scan have no other markers than restarts: the next one is found among them.
      const length = ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);
      at += 2 + Math.max(2, length);
    }
  }
}

/** A zero that stands for FF in coded data, restarts, and a temporary marker: nothing belongs to them. */
function isBare(marker: number): boolean {
  return marker <= 0x01 || (marker >= 0xd0 && marker <= 0xd8);
}
