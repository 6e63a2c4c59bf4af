/**
 * Small pictures that cost much to decode.
 *
 * @module
 */
import { crc32, deflateSync } from 'node:zlib';
import sharp from 'sharp';

/** A progressive JPEG whose last scan comes again and again. */
export async function manyScans(side: number, scans: number): Promise<Uint8Array<ArrayBuffer>> {
  const jpeg = await sharp({
    create: { width: side, height: side, channels: 3, background: '#c8a' },
  })
    .jpeg({ progressive: true })
    .toBuffer();
  const last = jpeg.lastIndexOf(Buffer.from([0xff, 0xda]));
  const scan = jpeg.subarray(last, -2);
  return new Uint8Array(
    Buffer.concat([jpeg.subarray(0, -2), ...new Array(scans).fill(scan), jpeg.subarray(-2)]),
  );
}

/** A PNG with so many bytes of zeros behind the data of its pixels. */
export function surplusData(side: number, surplus: number): Uint8Array<ArrayBuffer> {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header.set([8, 2], 8);
  const data = deflateSync(Buffer.alloc(side * (1 + 3 * side) + surplus));
  const signature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
  const parts = [chunk('IHDR', header), chunk('IDAT', data), chunk('IEND', Buffer.alloc(0))];
  return new Uint8Array(Buffer.concat([signature, ...parts]));
}

function chunk(name: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(name, 'latin1'), data]);
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(data.length, 0);
  ends.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
}
