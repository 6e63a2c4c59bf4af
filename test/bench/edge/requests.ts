/** What the parts of `npm run bench:edge` ask the Worker. */
import sharp from 'sharp';
import type { Raster } from '../../../shared/image/raster.ts';
import { syntheticField } from '../../../src-gpu/demo/synthetic/field.ts';
import type { RunningService } from '../../support/start-edge.ts';

let asked = 0;

/** Drawn tissue at 0.5 um per pixel, the same every time. */
export function field(sidePx: number): Raster {
  return syntheticField({ width: sidePx, height: sidePx, mpp: 0.5, seed: 3 }).raster;
}

export async function png({ data, width, height }: Raster): Promise<Uint8Array<ArrayBuffer>> {
  const raw = { width, height, channels: 3 as const };
  return new Uint8Array(await sharp(data, { raw }).png().toBuffer());
}

/** @returns Milliseconds until the whole answer was there. */
export async function ask(
  { url }: Pick<RunningService, 'url'>,
  body: Uint8Array<ArrayBuffer>,
  dataset = 'consep',
): Promise<number> {
  const startMs = performance.now();
  // Another name makes another answer, so that nothing is answered from a cache.
  asked += 1;
  const response = await fetch(`${url}/v1/detect?mpp=0.5&dataset=${dataset}&name=n${asked}`, {
    method: 'POST',
    headers: { 'content-type': 'image/png' },
    body,
  });
  const text = await response.text();
  if (response.status !== 200) throw new Error(text);
  return performance.now() - startMs;
}
