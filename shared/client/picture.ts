/**
 * Pictures as they are sent.
 *
 * @module
 */
import { sniffPicture } from '../image/picture-header.ts';
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

export interface PictureRequest {
  readonly headers: Record<string, string>;
  readonly body: Body;
}

/** Body and headers of a picture. */
export async function pictureRequest(picture: Picture): Promise<PictureRequest> {
  if ('rgb' in picture) {
    const { rgb, width, height } = picture;
    const headers = {
      'content-type': 'application/octet-stream',
      'x-image-size': `${width}x${height}`,
    };
    return { headers, body: rgb };
  }
  const head = picture.slice(0, HEAD_BYTES);
  const type = sniffPicture(new Uint8Array(head instanceof Blob ? await head.arrayBuffer() : head));
  // What is no picture is sent all the same: the service says why it takes it not.
  return { headers: { 'content-type': type ?? 'application/octet-stream' }, body: picture };
}
