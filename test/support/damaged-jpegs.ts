/**
 * JPEGs that lack something or are damaged, though they begin and end as they should.
 *
 * @module
 */
import sharp from 'sharp';

const SIDE = 256;
/** From the start of the scan; where a hole or damage begins. */
const INSIDE = 3000;

async function encoded(progressive: boolean): Promise<{ jpeg: Buffer; scan: number }> {
  const data = new Uint8Array(SIDE * SIDE * 3).map((_, i) => (i * 7919 + (i >> 5)) % 251);
  const jpeg = await sharp(data, { raw: { width: SIDE, height: SIDE, channels: 3 } })
    .jpeg({ progressive, quality: 80 })
    .toBuffer();
  return { jpeg, scan: jpeg.indexOf(Buffer.from([0xff, 0xda])) };
}

/** By what is wrong with them. */
export async function damagedJpegs(): Promise<Record<string, Uint8Array<ArrayBuffer>>> {
  const files: Record<string, Uint8Array<ArrayBuffer>> = {};
  for (const progressive of [false, true]) {
    const { jpeg, scan } = await encoded(progressive);
    const kind = progressive ? 'progressive' : 'baseline';
    for (const share of [0.4, 0.9]) {
      const end = scan + Math.floor((jpeg.length - scan) * share);
      const name = `a ${kind} JPEG with ${100 * share} % of its scans`;
      files[name] = joined(jpeg.subarray(0, end), jpeg.subarray(-2));
    }
    files[`a ${kind} JPEG with a hole`] = joined(
      jpeg.subarray(0, scan + INSIDE),
      jpeg.subarray(scan + INSIDE + 2000),
    );
  }
  return files;
}

/** With a few bytes before its end, as some writers pad. */
export async function paddedJpeg(): Promise<Uint8Array<ArrayBuffer>> {
  const { jpeg } = await encoded(false);
  return joined(jpeg.subarray(0, -2), Buffer.alloc(8), jpeg.subarray(-2));
}

function joined(...parts: readonly Buffer[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.concat(parts));
}
