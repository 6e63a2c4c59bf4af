/**
 * Reads Windows bitmaps, which libvips does not: uncompressed with 24 bits per pixel, the kind that
 * CRCHistoPhenotypes is published in.
 *
 * @module
 */
import { UniCellError } from '../../../shared/errors.ts';
import type { Raster } from '../../../shared/image/raster.ts';
import { type FileUnreadable, readRegular } from '../../slides/bytes/regular-file.ts';

/** File header and the part of the info header that is read. */
const headerBytes = 34;

/**
 * @throws {UniCellError} `SOURCE_NOT_FOUND`, `IMAGE_UNSUPPORTED` for a file of another kind,
 *   `IMAGE_UNREADABLE` for a truncated one.
 */
export async function readBmp(path: string): Promise<Raster> {
  const bytes = await readRegular(path).catch((cause: FileUnreadable) => {
    throw new UniCellError('SOURCE_NOT_FOUND', `${path} cannot be read (${cause.reason}).`, {
      cause,
    });
  });
  if (bytes.length < headerBytes || bytes.toString('latin1', 0, 2) !== 'BM') {
    throw unsupported(path, 'is not a bitmap');
  }
  const pixelsAt = bytes.readUInt32LE(10);
  const width = bytes.readInt32LE(18);
  const signedHeight = bytes.readInt32LE(22);
  const bits = bytes.readUInt16LE(28);
  const compression = bytes.readUInt32LE(30);
  if (bits !== 24 || compression !== 0) {
    throw unsupported(path, `has ${bits} bits per pixel and compression ${compression}`);
  }
  const height = Math.abs(signedHeight);
  const rowBytes = Math.ceil((width * 3) / 4) * 4;
  if (width < 1 || height < 1 || pixelsAt + rowBytes * height > bytes.length) {
    throw new UniCellError(
      'IMAGE_UNREADABLE',
      `${path} says ${width} x ${height} pixels but has ${bytes.length} bytes. The file is damaged or truncated; fetch it again.`,
    );
  }
  const data = new Uint8Array(width * height * 3);
  for (let row = 0; row < height; row++) {
    // Rows go from the bottom up, unless the height is negative.
    let from = pixelsAt + rowBytes * (signedHeight < 0 ? row : height - 1 - row);
    for (let to = row * width * 3; to < (row + 1) * width * 3; to += 3, from += 3) {
      data[to] = bytes[from + 2]!;
      data[to + 1] = bytes[from + 1]!;
      data[to + 2] = bytes[from]!;
    }
  }
  return { width, height, data };
}

function unsupported(path: string, what: string): UniCellError {
  return new UniCellError(
    'IMAGE_UNSUPPORTED',
    `${path} ${what}; of bitmaps, uncompressed ones with 24 bits per pixel are read. Save it as PNG.`,
  );
}
