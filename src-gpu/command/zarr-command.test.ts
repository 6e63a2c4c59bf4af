/** `unicell detect` on an OME-Zarr, in a folder and behind a URL. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { serveLoopback } from '../../test/support/loopback.ts';
import { runUnicell } from '../../test/support/run-unicell.ts';
import { tempFolder } from '../../test/support/temp-folder.ts';
import { writeTinyModel } from '../../test/support/tiny-model.ts';
import { saveZarr, zarrTree } from '../../test/support/zarr-files.ts';
import { syntheticField } from '../demo/synthetic/field.ts';

const cwd = tempFolder();
const { raster } = syntheticField({ width: 500, height: 400, mpp: 0.5 });
const tree = zarrTree(raster);
const server = await serveLoopback(({ url = '' }, response) => {
  const bytes = tree.get(url.replace('/b.zarr/', ''));
  if (bytes) response.end(bytes);
  else response.writeHead(404).end();
});
afterAll(() => server.close());
beforeAll(async () => {
  await writeTinyModel(join(cwd, 'tiny'));
  saveZarr(tree, join(cwd, 'a.ome.zarr'));
  const { width, height, data } = raster;
  const raw = { width, height, channels: 3 } as const;
  await sharp(data, { raw }).png().toFile(join(cwd, 'c.png'));
});
const detect = (slide: string, ...more: string[]) =>
  runUnicell(
    ['detect', slide, '--dataset', 'consep', '--model', 'tiny', '--format', 'csv', ...more],
    { cwd },
  );
const csv = (name: string) => readFileSync(join(cwd, 'out', `${name}.consep.csv`), 'utf8');

it('gives what the same picture gives, with the resolution of its header', async () => {
  const results = [
    await detect('a.ome.zarr/'),
    await detect(`${server.url}/b.zarr`),
    await detect('c.png', '--mpp', '0.5'),
  ];
  expect(
    results.map(({ code, stderr }) => [
      code,
      stderr.replace(/.*CHANNELS.*|.*three channels.*/, ''),
    ]),
  ).toEqual([
    [0, '\n'],
    [0, '\n'],
    [0, ''],
  ]);
  expect(csv('a.ome')).toBe(csv('c'));
  expect(csv('b')).toBe(csv('c'));
});

it('names what is wrong', async () => {
  const { code, stderr } = await detect(`${server.url}/other.zarr`);
  expect(code).toBe(2);
  expect(stderr).toMatch(/other\.zarr has neither zarr\.json nor \.zattrs/);
  const plain = await detect('c.png', '--mpp', '0.5', '--series', '2');
  expect([plain.code, plain.stderr]).toEqual([2, expect.stringMatching(/c\.png has no image 2/)]);
});
