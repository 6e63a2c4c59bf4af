/**
 * Bodies that are no good image, and what must come back.
 *
 * @module
 */

import { crc32 } from 'node:zlib';
import { pngBomb } from '../support/bomb.ts';
import { type BadRequest, joined, jpeg, png, query, type, webp } from './detect-requests.ts';

const asPng = { query, headers: type('image/png') };
const asJpeg = { query, headers: type('image/jpeg') };

export const badImages: readonly BadRequest[] = [
  {
    name: 'a bomb',
    ...asPng,
    body: new Uint8Array(pngBomb(50_000, 50_000)),
    status: 413,
    code: 'IMAGE_TOO_LARGE',
    detail: /50000 x 50000/,
  },
  {
    name: 'a truncated PNG',
    ...asPng,
    body: png.slice(0, -30),
    status: 422,
    code: 'IMAGE_UNREADABLE',
    detail: /truncated/,
  },
  {
    name: 'a PNG with damaged pixels',
    ...asPng,
    body: damaged(png),
    status: 422,
    code: 'IMAGE_UNREADABLE',
    detail: /damaged/,
  },
  {
    name: 'a truncated JPEG',
    ...asJpeg,
    body: jpeg.slice(0, -40),
    status: 422,
    code: 'IMAGE_UNREADABLE',
    detail: /truncated/,
  },
  {
    name: 'a JPEG that is only a start',
    ...asJpeg,
    body: jpeg.slice(0, 30),
    status: 422,
    code: 'IMAGE_UNREADABLE',
    detail: /damaged or truncated/,
  },
  {
    name: 'a truncated WebP',
    query,
    headers: type('image/webp'),
    body: webp.slice(0, -9),
    status: 422,
    code: 'IMAGE_UNREADABLE',
    detail: /truncated/,
  },
  {
    name: 'a page that calls itself PNG',
    ...asPng,
    body: '<html><script>alert(1)</script></html>',
    status: 415,
    code: 'IMAGE_UNSUPPORTED',
    detail: /image\/png/,
  },
  {
    name: 'a JPEG that calls itself PNG',
    ...asPng,
    body: jpeg,
    status: 415,
    code: 'MEDIA_TYPE_MISMATCH',
    detail: /says image\/png.*is image\/jpeg/,
  },
  {
    name: 'an unknown content type',
    query,
    headers: type('application/pdf'),
    body: png,
    status: 415,
    code: 'MEDIA_TYPE_UNSUPPORTED',
    detail: /"application\/pdf"; taken are image\/jpeg/,
  },
  {
    name: 'an empty body',
    ...asPng,
    body: new Uint8Array(),
    status: 400,
    code: 'BODY_EMPTY',
    detail: /empty/,
  },
  {
    name: 'a PNG with a second, huge header',
    ...asPng,
    body: joined(png.slice(0, 33), header(50_000), png.slice(33)),
    status: 422,
    code: 'IMAGE_UNREADABLE',
    detail: /damaged/,
  },
  {
    name: 'a JPEG with a second, huge frame header',
    ...asJpeg,
    body: withFrame(jpeg, 50_000),
    status: 413,
    code: 'IMAGE_TOO_LARGE',
    detail: /50000 x 50000/,
  },
  {
    name: 'a GIF that calls itself JPEG',
    ...asJpeg,
    body: joined(Buffer.from('GIF89a'), jpeg),
    status: 415,
    code: 'IMAGE_UNSUPPORTED',
    detail: /image\/jpeg/,
  },
  {
    name: 'a page with a picture behind it',
    ...asPng,
    body: joined(Buffer.from('<!--'), png, Buffer.from('--><script></script>')),
    status: 415,
    code: 'IMAGE_UNSUPPORTED',
    detail: /image\/png/,
  },
];

/** Flips bits in the middle, where the pixels are. */
function damaged(file: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const copy = file.slice();
  const middle = copy.length >> 1;
  for (let i = middle; i < middle + 8; i++) copy[i]! ^= 0xff;
  return copy;
}

/** A PNG header chunk. */
function header(side: number): Uint8Array {
  const chunk = Buffer.alloc(25);
  chunk.writeUInt32BE(13, 0);
  chunk.write('IHDR', 4);
  chunk.writeUInt32BE(side, 8);
  chunk.writeUInt32BE(side, 12);
  chunk.set([8, 2], 16);
  chunk.writeUInt32BE(crc32(chunk.subarray(4, 21)), 21);
  return chunk;
}

/** The same JPEG with another baseline frame header before its first scan. */
function withFrame(file: Uint8Array, side: number): Uint8Array<ArrayBuffer> {
  const frame = Buffer.from('ffc0000b080000000001011100', 'hex');
  frame.writeUInt16BE(side, 5);
  frame.writeUInt16BE(side, 7);
  const scan = Buffer.from(file).indexOf(Buffer.from('ffda', 'hex'));
  return joined(file.subarray(0, scan), frame, file.subarray(scan));
}
