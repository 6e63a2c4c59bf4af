/**
 * The colours of a JPEG frame. A JPEG says with a segment whether its components are RGB or YCbCr; in DICOM
 * the Photometric Interpretation says it, and many frames have no such segment. Decoders take those for
 * YCbCr.
 *
 * @module
 */
import { readJpegHeader } from './jpeg-header.ts';

/** An Adobe segment (ITU-T T.872, section 6.5.3) with transform 0: the components are RGB. */
const ADOBE_RGB = new Uint8Array([
  0xff, 0xee, 0, 14, 0x41, 0x64, 0x6f, 0x62, 0x65, 0, 100, 0, 0, 0, 0, 0,
]);

/**
 * The frame so that decoders take it for RGB, where it is RGB and does not say so. A Photometric
 * Interpretation of `RGB` is not believed against a segment that says YCbCr, nor of subsampled components:
 * converters leave it standing when they compress.
 *
 * @param photometric Photometric Interpretation of the instance.
 */
export function withColourMarker(
  frame: Uint8Array<ArrayBuffer>,
  photometric: string,
): Uint8Array<ArrayBuffer> {
  const header = readJpegHeader(frame);
  if (photometric !== 'RGB' || !header || header.saysColours || header.isSubsampled) return frame;
  const marked = new Uint8Array(frame.length + ADOBE_RGB.length);
  marked.set(frame.subarray(0, 2));
  marked.set(ADOBE_RGB, 2);
  marked.set(frame.subarray(2), 2 + ADOBE_RGB.length);
  return marked;
}
