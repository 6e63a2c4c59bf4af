import { appendFile, copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import type { ModelCard } from '../../shared/engine/card.ts';
import { loadNativeEngine } from '../../src-gpu/engine/native-engine.ts';
import { edgeForTests } from '../../test/support/edge-worker.ts';
import { tempFolder } from '../../test/support/temp-folder.ts';
import { writeTinyModel } from '../../test/support/tiny-model.ts';

/** The tiny model with a second variant, named `int8` and said to be optimised. */
async function writeTwoVariants(folder: string): Promise<ModelCard> {
  const card = await writeTinyModel(folder);
  const { trunk, dataset } = card.variants.fp32!;
  const int8 = {
    trunk: { ...trunk, path: 'trunk.int8.onnx', optimised: true },
    dataset: { ...dataset, path: 'dataset.int8.onnx', optimised: true },
  };
  await copyFile(join(folder, trunk.path), join(folder, int8.trunk.path));
  await copyFile(join(folder, dataset.path), join(folder, int8.dataset.path));
  const about = { recipe: 'none', summary: 'a copy', tool: 'none', command: 'none' };
  const both = { ...card, variants: { ...card.variants, int8 }, quantisation: { int8: about } };
  await writeFile(join(folder, 'card.json'), JSON.stringify(both));
  return both;
}

const models = tempFolder();
await writeTwoVariants(join(models, 'both'));
await writeTwoVariants(join(models, 'damaged'));
await appendFile(join(models, 'damaged/dataset.int8.onnx'), ' ');

const local = { UNICELL_ENV: 'local' };
const both = await edgeForTests({ models, variables: { ...local, MODEL: 'both' } });
const damaged = await edgeForTests({ models, variables: { ...local, MODEL: 'damaged' } });

async function detect(url: string): Promise<Response> {
  // Not pure black, which is no tissue.
  const dark = { r: 60, g: 20, b: 60 };
  const image = sharp({ create: { width: 64, height: 64, channels: 3, background: dark } });
  return fetch(`${url}/v1/detect?mpp=0.5&dataset=consep`, {
    method: 'POST',
    headers: { 'content-type': 'image/png' },
    body: new Uint8Array(await image.png().toBuffer()),
  });
}

it('takes the int8 variant where the card has one', async () => {
  const answer = await detect(both.url);
  expect(answer.status).toBe(200);
  expect(answer.headers.get('x-unicell-model')).toContain('int8');
  const { results } = (await answer.json()) as { results: { count: number }[] };
  expect(results[0]!.count).toBe(64);
});

it('loads the same variant in the native engine', async () => {
  const engine = await loadNativeEngine(join(models, 'both'), { precision: 'int8', threads: 1 });
  const [output] = await engine.run(new Float32Array(3 * 64 * 64).fill(-1), 1, ['consep']);
  expect([...output!.logits.slice(0, 3)]).toEqual([10, 10, 10]);
  await engine.close();
});

it('refuses a variant that is not the one of the card', async () => {
  const answer = await detect(damaged.url);
  expect(answer.status).toBe(500);
  expect(await answer.json()).toMatchObject({ code: 'CARD_MISMATCH' });
  const native = loadNativeEngine(join(models, 'damaged'), { precision: 'int8' });
  await expect(native).rejects.toMatchObject({ code: 'CARD_MISMATCH' });
});
