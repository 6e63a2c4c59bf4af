/**
 * Images as they are sent.
 *
 * @module
 */
import { sniffImage } from '../image/image-header.ts';
import type { Body } from './transport.ts';

/** Pixels without a file around them: `3 * width * height` bytes, row by row. */
export interface RgbPixels {
  readonly rgb: Uint8Array<ArrayBuffer>;
  readonly width: number;
  readonly height: number;
}

/** A JPEG, PNG, WebP or TIFF file, or pixels. `fs.openAsBlob` makes a blob of a file without reading it. */
export type Picture = Uint8Array<ArrayBuffer> | ArrayBuffer | Blob | RgbPixels;

/** Bytes of the start of a file that tell what it is. */
const HEAD_BYTES = 16;

export interface ImageRequest {
  readonly headers: Record<string, string>;
  readonly body: Body;
}

/** Body and headers of an image. */
export async function imageRequest(image: Picture): Promise<ImageRequest> {
  if ('rgb' in image) {
    const { rgb, width, height } = image;
    const headers = {
      'content-type': 'application/octet-stream',
      'x-image-size': `${width}x${height}`,
    };
    return { headers, body: rgb };
  }
  const head = image.slice(0, HEAD_BYTES);
  const type = sniffImage(new Uint8Array(head instanceof Blob ? await head.arrayBuffer() : head));
  // What is no image is sent all the same: the service says why it takes it not.
  return { headers: { 'content-type': type ?? 'application/octet-stream' }, body: image };
}
