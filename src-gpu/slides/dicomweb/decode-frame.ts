/**
 * A frame of a whole slide series to pixels.
 *
 * @module
 */
import { frameCodec } from '../../../shared/dicomweb/frame-codec.ts';
import { withColourMarker } from '../../../shared/dicomweb/jpeg-colours.ts';
import { rasterOfPlain } from '../../../shared/dicomweb/plain-frame.ts';
import type { DicomwebPart } from '../../../shared/dicomweb/read-answer.ts';
import type { FramePixels } from '../../../shared/dicomweb/wsm-instance.ts';
import { UniCellError } from '../../../shared/errors.ts';
import { imageSizeOf } from '../../../shared/image/image-header.ts';
import type { Raster } from '../../../shared/image/raster.ts';
import type { Size } from '../../../shared/image/source.ts';
import { decodeRgb } from '../decode-rgb.ts';
import { readCodestream } from '../jpeg2000/codestream.ts';
import { decodeJpeg2000 } from '../jpeg2000/decode-jpeg2000.ts';

/**
 * Photometric Interpretations of components that are luma and chromas, when the codestream does not turn them
 * into RGB by itself. JPEG 2000 knows no YBR_FULL_422 (PS3.5, section 8.2.4): converters leave that standing
 * before RGB.
 */
const YCC_IN_JPEG_2000 = ['YBR_FULL', 'YBR_ICT'];
const LABEL = 'The DICOM series';

/**
 * Decodes a frame.
 *
 * @throws {UniCellError} `IMAGE_UNREADABLE` for a damaged frame, or one of another size than the instance
 *   says; `IMAGE_UNSUPPORTED`.
 */
export async function decodeFrame(frame: DicomwebPart, pixels: FramePixels): Promise<Raster> {
  const { tile, photometric } = pixels;
  switch (frameCodec(frame, pixels)) {
    case 'native':
      return rasterOfPlain(frame.bytes, pixels);
    case 'jpeg':
      return decodeJpeg(withColourMarker(frame.bytes, photometric), tile);
    case 'jpeg2000': {
      const codestream = codestreamOf(frame.bytes);
      const hasTransform = readCodestream(codestream)?.hasColourTransform ?? false;
      const isYcc = YCC_IN_JPEG_2000.includes(photometric) && !hasTransform;
      return decodeJpeg2000(LABEL, codestream, tile, isYcc);
    }
  }
}

async function decodeJpeg(bytes: Uint8Array<ArrayBuffer>, tile: Size): Promise<Raster> {
  const size = imageSizeOf(bytes, 'image/jpeg');
  if (size.width !== tile.width || size.height !== tile.height) {
    throw new UniCellError(
      'IMAGE_UNREADABLE',
      `${LABEL} has a frame of ${size.width} x ${size.height} pixels where its instance says ${tile.width} x ${tile.height}. Send the slide to the PACS again, or convert it again.`,
    );
  }
  const maxPixels = tile.width * tile.height;
  return decodeRgb(bytes, LABEL, { maxPixels, isTiff: false, isJpeg: true });
}

/** The codestream inside of a JP2 file (ISO/IEC 15444-1, annex I), or the bytes where they are one. */
function codestreamOf(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  if (bytes[0] === 0xff) return bytes;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at + 16 <= bytes.length; ) {
    const short = view.getUint32(at);
    const isLong = short === 1;
    const length = isLong ? Number(view.getBigUint64(at + 8)) : short || bytes.length - at;
    if (view.getUint32(at + 4) === CODESTREAM_BOX) {
      return bytes.subarray(at + (isLong ? 16 : 8), at + length);
    }
    if (length < 8) break;
    at += length;
  }
  return bytes;
}

/** `jp2c`. */
const CODESTREAM_BOX = 0x6a703263;
