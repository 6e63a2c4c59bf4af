/** What a run leaves on the machine beside its results: nothing, least of all an identifier of it. */
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { cellPixels } from '../../test/api/images.ts';
import { runUnicell } from '../../test/support/run-unicell.ts';
import { tempFolder } from '../../test/support/temp-folder.ts';
import { writeTinyModel } from '../../test/support/tiny-model.ts';

it('ONNX Runtime reports nothing and leaves nothing, in a thread of its own as well', async () => {
  const cwd = tempFolder();
  await writeTinyModel(join(cwd, 'tiny'));
  const raw = { width: 300, height: 280, channels: 3 } as const;
  const pixels = cellPixels(raw.width, raw.height, [[3, 2]]);
  await sharp(pixels, { raw }).png().toFile(join(cwd, 'a.png'));
  const [home, temp] = [join(cwd, 'home'), join(cwd, 'temp')];
  for (const folder of [home, temp]) mkdirSync(folder);
  // ONNX Runtime is silent by itself where one of these says that it is tested.
  const silent = { CI: '', TF_BUILD: '', ORT_RUNNING_UNIT_TESTS: '', ORT_DISABLE_TELEMETRY: '' };

  const { code, stderr } = await runUnicell(
    ['detect', 'a.png', '--mpp', '0.5', '--dataset', 'consep', '--model', 'tiny'],
    { cwd, env: { ...silent, HOME: home, XDG_CACHE_HOME: join(home, '.cache'), TMPDIR: temp } },
  );

  expect(code, stderr).toBe(0);
  expect(readdirSync(temp)).toEqual([]);
  expect(readdirSync(home, { recursive: true })).toEqual([]);
});
