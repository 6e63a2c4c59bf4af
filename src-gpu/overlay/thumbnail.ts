import { throwIfCanceled } from '../../shared/cancel.ts';
import type { Raster } from '../../shared/image/raster.ts';
import type { ImageSource, Size } from '../../shared/image/source.ts';

/** Side of the parts that are read: of a slide without a pyramid, a part is read at full resolution. */
const READ_PX = 256;

/** The size of a thumbnail whose longer side is `longPx`, or that of the image where it is smaller. */
export function thumbnailSize(image: Size, longPx: number): Size {
  const scale = Math.min(1, longPx / Math.max(image.width, image.height));
  return {
    width: Math.max(1, Math.round(image.width * scale)),
    height: Math.max(1, Math.round(image.height * scale)),
  };
}

/**
 * Reads the whole image at a size, part by part.
 *
 * @throws {UniCellError} `CANCELED`, and what reading throws.
 */
export async function readThumbnail(
  source: ImageSource,
  size: Size,
  signal?: AbortSignal,
): Promise<Raster> {
  const data = new Uint8Array(size.width * size.height * 3);
  for (let y = 0; y < size.height; y += READ_PX) {
    for (let x = 0; x < size.width; x += READ_PX) {
      throwIfCanceled(signal);
      const width = Math.min(READ_PX, size.width - x);
      const height = Math.min(READ_PX, size.height - y);
      const part = await source.read({ x, y, width, height }, size, signal);
      for (let row = 0; row < height; row++) {
        const line = part.data.subarray(row * width * 3, (row + 1) * width * 3);
        data.set(line, ((y + row) * size.width + x) * 3);
      }
    }
  }
  return { ...size, data };
}
