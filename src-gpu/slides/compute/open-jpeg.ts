/**
 * JPEG 2000 with OpenJPEG as WebAssembly. It computes for long and runs in a thread of its own.
 *
 * @module
 */
import startOpenJpeg, { type OpenJpegModule } from '@cornerstonejs/codec-openjpeg/decodewasmjs';
import type { Raster } from '../../../shared/image/raster.ts';

let started: Promise<OpenJpegModule> | undefined;

/**
 * Decodes an 8-bit codestream of three full components.
 *
 * @param isYcc Whether they are luma and two chromas (Rec. 601, full range) rather than RGB.
 * @throws {Error} When it is damaged.
 */
export async function openJpeg(codestream: Uint8Array, isYcc: boolean): Promise<Raster> {
  const quiet = () => {};
  started ??= startOpenJpeg({ print: quiet, printErr: quiet });
  const { J2KDecoder } = await started;
  const decoder = new J2KDecoder();
  try {
    decoder.getEncodedBuffer(codestream.length).set(codestream);
    try {
      decoder.decode();
    } catch {
      // What is thrown is a number: a pointer into the module's memory.
      throw new Error('a JPEG 2000 tile is damaged');
    }
    const { width, height, componentCount, bitsPerSample } = decoder.getFrameInfo();
    const decoded = decoder.getDecodedBuffer();
    if (componentCount !== 3 || bitsPerSample !== 8 || decoded.length !== width * height * 3) {
      throw new Error(`a JPEG 2000 tile has ${componentCount} components of ${bitsPerSample} bits`);
    }
    const data = new Uint8Array(decoded);
    if (isYcc) toRgb(data);
    return { width, height, data };
  } finally {
    decoder.delete();
  }
}

/** Rec. 601 in place, as JPEG has it (ITU-T T.871, section 7). */
function toRgb(data: Uint8Array): void {
  const clamped = new Uint8ClampedArray(data.buffer, data.byteOffset, data.length);
  for (let i = 0; i < data.length; i += 3) {
    const luma = data[i]!;
    const blue = data[i + 1]! - 128;
    const red = data[i + 2]! - 128;
    clamped[i] = luma + 1.402 * red;
    clamped[i + 1] = luma - 0.344136 * blue - 0.714136 * red;
    clamped[i + 2] = luma + 1.772 * blue;
  }
}
