/** What `npm run build:package` makes: packed, installed into an empty folder, and used there as by anybody. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { syntheticField } from '../src-gpu/demo/synthetic/field.ts';
import { freePort } from './support/free-port.ts';
import { tempFolder } from './support/temp-folder.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const project = tempFolder();
const execute = promisify(execFile);
const run = async (program: string, ...args: string[]) =>
  (await execute(program, args, { cwd: project, encoding: 'utf8', maxBuffer: 2 ** 24 })).stdout;
const unicell = join(project, 'node_modules/.bin/unicell');

beforeAll(async () => {
  const built = join(project, 'built');
  await run(process.execPath, join(root, 'src-gpu/deploy/build-package.ts'), built);
  const tarball = (await run('npm', 'pack', built, '--silent')).trim();
  writeFileSync(join(project, 'package.json'), '{"type":"module"}');
  // Scripts are left out here as in the project: one would load CUDA.
  await run(
    'npm',
    ...['install', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', '--silent'],
    `./${tarball}`,
  );
  const { raster } = syntheticField({ width: 128, height: 128, seed: 3 });
  const raw = { width: raster.width, height: raster.height, channels: 3 as const };
  writeFileSync(join(project, 'tile.png'), await sharp(raster.data, { raw }).png().toBuffer());
});

describe('the npm package', () => {
  it('brings the command with its models', async () => {
    const args = ['detect', 'tile.png', '--mpp', '0.5', '--dataset', 'consep', '--out', 'out'];
    const [path] = (await run(unicell, ...args, '--format', 'csv')).match(/out\/\S+\.csv/)!;
    const rows = readFileSync(join(project, path), 'utf8').trim().split('\n');
    expect(rows.length).toBeGreaterThan(5);
    expect(await run(unicell, 'models')).toMatch(/^compact /m);
  });

  it('exports what its README says', async () => {
    const readme = readFileSync(join(project, 'node_modules/unicell-edge/README.md'), 'utf8');
    const [, program] = readme.match(/```ts\n(.*?)```/s)!;
    writeFileSync(join(project, 'program.ts'), program!.replace('results[0].', 'results[0]!.'));
    const flags = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2023'];
    const types = ['--skipLibCheck', '--typeRoots', join(root, 'node_modules/@types')];
    const compiler = join(root, 'node_modules/typescript/bin/tsc');
    await run(process.execPath, compiler, ...flags, ...types, '--types', 'node', 'program.ts');
    expect(Number(await run(process.execPath, 'program.ts'))).toBeGreaterThan(5);
    const names = `
      import * as client from 'unicell-edge/client';
      import * as formats from 'unicell-edge/formats';
      console.log(Object.keys({ ...client, ...formats }).sort().join(' '));`;
    writeFileSync(join(project, 'names.js'), names);
    expect((await run(process.execPath, 'names.js')).trim()).toBe(
      'FORMATS UniCellClient UniCellProblem findFormat formatOfFile',
    );
  });

  it('serves pages, pictures and scores', async () => {
    const port = await freePort();
    const args = ['serve', '--local', '--port', String(port)];
    const env = { ...process.env, DATA_FOLDER: join(project, 'data') };
    const service = spawn(unicell, args, { cwd: project, env, stdio: 'ignore' });
    onTestFinished(async () => {
      service.kill('SIGTERM');
      await once(service, 'exit');
    });
    const url = `http://127.0.0.1:${port}`;
    await expect.poll(() => isReady(url), { timeout: 120_000 }).toBe(true);
    for (const path of ['/', '/docs', '/viewer', '/viewer/overlay.js', '/docs/swagger-ui.css']) {
      expect((await fetch(url + path)).status, path).toBe(200);
    }
    const found = await fetch(`${url}/v1/detect?dataset=consep&mpp=0.5`, {
      method: 'POST',
      headers: { 'Content-Type': 'image/png' },
      body: readFileSync(join(project, 'tile.png')),
    });
    expect(found.status, await found.clone().text()).toBe(200);
    const scored = await fetch(`${url}/v1/score`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({
        ...{ dataset: 'consep', mpp: 0.5 },
        truth: [{ x: 5, y: 5, class: 'Epithelial' }],
        predictions: [{ x: 5, y: 6, class: 'Epithelial' }],
      }),
    });
    expect(scored.status, await scored.clone().text()).toBe(200);
  });
});

async function isReady(url: string): Promise<boolean> {
  return (await fetch(`${url}/readyz`).catch(() => undefined))?.ok ?? false;
}
