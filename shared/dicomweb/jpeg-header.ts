/**
 * What stands before the pixels of a JPEG (ITU-T T.81, annex B): how it is coded, and what it says of its
 * colours.
 *
 * @module
 */

export interface JpegHeader {
  /** Second byte of the frame header's marker: C0 baseline, C1 extended, C2 progressive. */
  readonly process: number;
  readonly precisionBits: number;
  readonly isSubsampled: boolean;
  /** Whether a JFIF or an Adobe segment says what its components are. */
  readonly saysColours: boolean;
}

const APP0 = 0xe0;
const APP14 = 0xee;
const SOS = 0xda;
/** The frame header of JPEG-LS (ITU-T T.87). */
const SOF55 = 0xf7;
/** DHT, JPG and DAC lie between the frame headers. */
const NO_FRAMES = [0xc4, 0xc8, 0xcc];

/** Reads the segments before the first scan; `undefined` when there is no frame header among them. */
export function readJpegHeader(bytes: Uint8Array): JpegHeader | undefined {
  let frame: Omit<JpegHeader, 'saysColours'> | undefined;
  let saysColours = false;
  let at = 2;
  while (at + 4 <= bytes.length && bytes[at] === 0xff) {
    const marker = bytes[at + 1]!;
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    if (marker === SOS) break;
    const isFrame = marker >= 0xc0 && marker <= 0xcf && !NO_FRAMES.includes(marker);
    if (isFrame || marker === SOF55) frame = readFrame(marker, bytes.subarray(at + 4));
    // JFIF, not JFXX, which only adds a thumbnail.
    if (marker === APP14 || (marker === APP0 && bytes[at + 6] === 0x49)) saysColours = true;
    at += 2 + ((bytes[at + 2]! << 8) | bytes[at + 3]!);
  }
  return frame && { ...frame, saysColours };
}

function readFrame(process: number, body: Uint8Array): Omit<JpegHeader, 'saysColours'> {
  const components = body[5] ?? 0;
  const samplings = Array.from({ length: components }, (_, i) => body[6 + 3 * i + 1]);
  const isSubsampled = new Set(samplings).size > 1;
  return { process, precisionBits: body[0] ?? 0, isSubsampled };
}
