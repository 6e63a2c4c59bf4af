/**
 * What the clients of the load test send.
 *
 * @module
 */

import { openAsBlob } from 'node:fs';
import sharp from 'sharp';
import { syntheticField } from '../../../src-gpu/demo/synthetic/field.ts';

export interface LoadImage {
  readonly type: string;
  readonly file: Uint8Array<ArrayBuffer>;
}

/** Side of the slides, in pixels: more windows than two minutes of a fast CPU. */
const SLIDE_SIDE = 18_432;
const FIELD_SIDE = 1024;

/** Fields of one to nine windows, as PNG, JPEG and WebP. */
export async function loadImages(): Promise<LoadImage[]> {
  return Promise.all([
    image(256, 'png'),
    image(256, 'jpeg'),
    image(256, 'webp'),
    image(400, 'jpeg'),
    image(512, 'png'),
  ]);
}

/** A pyramid that repeats one field. */
export async function loadSlide(path: string): Promise<Blob> {
  const input = await fieldOf(FIELD_SIDE).png().toBuffer();
  const size = { width: SLIDE_SIDE, height: SLIDE_SIDE, channels: 3 as const, background: '#fff' };
  await sharp({ create: size, limitInputPixels: false })
    .composite([{ input, tile: true, gravity: 'northwest' }])
    .tiff({ tile: true, pyramid: true, compression: 'jpeg', quality: 85, bigtiff: true })
    .toFile(path);
  return openAsBlob(path);
}

async function image(side: number, format: 'png' | 'jpeg' | 'webp'): Promise<LoadImage> {
  const file = await fieldOf(side).toFormat(format).toBuffer();
  return { type: `image/${format}`, file: new Uint8Array(file) };
}

function fieldOf(side: number) {
  const { raster } = syntheticField({ width: side, height: side, mpp: 0.5, seed: 3 });
  return sharp(raster.data, { raw: { width: side, height: side, channels: 3 } });
}
