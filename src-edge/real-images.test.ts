import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { detectionSchema } from '../shared/api/detect/detection-answer.ts';
import { detect } from '../shared/detect/detect.ts';
import { RasterSource } from '../shared/image/raster-source.ts';
import { syntheticField } from '../src-gpu/demo/synthetic/field.ts';
import { loadNativeEngine } from '../src-gpu/engine/native-engine.ts';
import { edgeForTests } from '../test/support/edge-worker.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const real = join(root, '../shared/data/consep/images/test_1.png');
const hasModel = existsSync(join(root, 'models/compact/card.json'));
if (!hasModel)
  console.warn('SKIPPED: models/compact is not there, so the edge runs no real model.');

describe.skipIf(!hasModel)('the shipped model at the edge', async () => {
  if (!hasModel) return;
  // fp32 on both sides: what is compared is the runtime and the decoder, not a quantisation.
  const variables = { UNICELL_ENV: 'local', MODEL_PRECISION: 'fp32', QUEUE_WAIT_MS: '60000' };
  const edge = await edgeForTests({ variables });
  const native = await loadNativeEngine('compact', { threads: 1 });

  it.each(await testImages())('answers %s as the native runtime does', async (_name, png) => {
    const response = await fetch(`${edge.url}/v1/detect?mpp=0.5&dataset=consep&layout=columns`, {
      method: 'POST',
      headers: { 'content-type': 'image/png' },
      body: png,
    });
    const answer = detectionSchema.parse(await response.json());
    const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
    const source = new RasterSource({ ...info, data: new Uint8Array(data) }, 0.5);
    const expected = await detect(source, { dataset: 'consep' }, native);
    const { nuclei } = expected.results[0]!;
    expect(answer.windows).toBe(expected.windows);
    const difference = Math.abs(answer.results[0]!.count - nuclei.length);
    // A nucleus whose score lies on the threshold may fall on either side of it.
    expect(difference).toBeLessThanOrEqual(Math.max(1, 0.02 * nuclei.length));
  });
});

/** Images of 512 x 512 pixels: one of our own, and a real one where there is one. */
async function testImages(): Promise<[name: string, png: Uint8Array<ArrayBuffer>][]> {
  const field = syntheticField({ width: 512, height: 512, seed: 7, mpp: 0.5 });
  const raw = { width: 512, height: 512, channels: 3 as const };
  const synthetic = await sharp(field.raster.data, { raw }).png().toBuffer();
  const images: [string, Uint8Array<ArrayBuffer>][] = [
    ['a synthetic field', new Uint8Array(synthetic)],
  ];
  if (existsSync(real)) {
    const cut = sharp(real).removeAlpha().extract({ left: 0, top: 0, width: 500, height: 500 });
    images.push(['a real picture', new Uint8Array(await cut.png().toBuffer())]);
  } else {
    console.warn(`SKIPPED: ${real} is not there, so only a synthetic picture is compared.`);
  }
  return images;
}
