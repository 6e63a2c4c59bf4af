/** Clients that others' generators make of the OpenAPI of the running service: they compile strictly, and send. */
import { execFile } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { sha256Hex } from '../shared/sha256.ts';
import { cellPixels, encode } from './api/images.ts';
import { gpuForTests } from './support/gpu-service.ts';
import { tempFolder } from './support/temp-folder.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const source = join(root, 'test/generated-clients');
const run = promisify(execFile);
const INSTALL_MS = 300_000;

/** Each sends a PNG, then names it as the slide of a job and waits for that. */
const programs = {
  'openapi-typescript': `
import createClient from 'openapi-fetch';
import type { paths } from './openapi-typescript';
const client = createClient<paths>({ baseUrl: url });
const { data: answer } = await client.POST('/v1/detect', {
  params: { query: { dataset: 'consep', mpp: 0.5 } },
  body: png,
  bodySerializer: () => png,
  headers: { 'content-type': 'image/png' },
});
if (!answer || !('datasets' in answer)) throw new Error('no answer');
const created = await client.POST('/v1/jobs', { body: request });
if (!created.data) throw new Error(created.error.code);
const params = { path: { id: created.data.id }, query: { wait: 60 } };
const { data: job } = await client.GET('/v1/jobs/{id}', { params });
const total: number | undefined = answer.datasets[0]?.total.count;
const found = { total, status: job?.status, nuclei: job?.progress.nuclei };
`,
  'hey-api': `
import { createJob, detect, getJob } from './hey-api';
import { client } from './hey-api/client.gen';
client.setConfig({ baseUrl: url });
const answer = await detect({ body: png, query: { dataset: 'consep', mpp: 0.5 } });
if (!answer.data || !('datasets' in answer.data)) throw new Error('no answer');
const created = await createJob({ body: request });
if (!created.data) throw new Error(created.error.code);
const { data: job } = await getJob({ path: { id: created.data.id }, query: { wait: 60 } });
const total: number | undefined = answer.data.datasets[0]?.total.count;
const found = { total, status: job?.status, nuclei: job?.progress.nuclei };
`,
  orval: `
import { createJob, detect, getJob } from './orval';
const answer = await detect(png, { dataset: 'consep', mpp: 0.5 });
if (answer.status !== 200) throw new Error('no answer');
const created = await createJob(request);
if (created.status !== 202) throw new Error('no job');
const job = await getJob(created.data.id, { wait: 60 });
if (job.status !== 200) throw new Error('no job');
const total: number | undefined = answer.data.datasets[0]?.total.count;
const found = { total, status: job.data.status, nuclei: job.data.progress.nuclei };
`,
} as const;

const head = `
declare const process: { readonly argv: readonly string[] };
const url = process.argv[2]!;
const png = await (globalThis as unknown as { image(): Promise<Blob> }).image();
const request = {
  source: { type: 'path' as const, path: 'two.png' },
  dataset: 'consep', mpp: 0.5, tissue: 'none' as const,
};
`;

const generators = await install();

describe.skipIf(generators === undefined)('a client generated of /openapi.json', async () => {
  if (generators === undefined) return;
  const folder = tempFolder();
  const slides = tempFolder();
  const image = cellPixels(64, 64, [
    [1, 1],
    [5, 3],
  ]);
  const picture = join(slides, 'two.png');
  writeFileSync(picture, await encode(image, 64, 64, 'png'));
  const service = await gpuForTests({ SLIDE_FOLDERS: slides });
  const description = join(folder, 'openapi.json');
  writeFileSync(description, await (await fetch(`${service.url}/openapi.json`)).text());
  symlinkSync(join(generators, 'node_modules'), join(folder, 'node_modules'));
  await run(process.execPath, [join(generators, 'generate.mjs'), description, folder, service.url]);
  for (const [name, program] of Object.entries(programs)) {
    const text = `${program.replace(/(?<=\n)(?!import)/, head)}console.log(JSON.stringify(found));\n`;
    writeFileSync(join(folder, `use-${name}.ts`), text);
  }

  it.each(Object.keys(programs))('by %s compiles strictly', async (name) => {
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    const flags = ['--noEmit', '--strict', '--module', 'esnext', '--moduleResolution', 'bundler'];
    const target = ['--target', 'es2022', '--lib', 'es2022,dom,dom.iterable'];
    const files = [`use-${name}.ts`];
    const faults = await run(process.execPath, [tsc, ...flags, ...target, ...files], {
      cwd: folder,
    }).then(
      () => '',
      ({ stdout }: { stdout: string }) => stdout,
    );
    expect(faults).toBe('');
  });

  it.each(Object.keys(programs))('by %s sends a PNG and a job', async (name) => {
    const outfile = join(folder, `${name}.mjs`);
    await build({
      entryPoints: [join(folder, `use-${name}.ts`)],
      bundle: true,
      format: 'esm',
      platform: 'node',
      outfile,
      // What reads the picture is the machine's, not the client's.
      banner: {
        js: `import { openAsBlob } from 'node:fs'; globalThis.image = () => openAsBlob(${JSON.stringify(picture)}, { type: 'image/png' });`,
      },
    });
    const { stdout } = await run(process.execPath, [outfile, service.url]);
    expect(JSON.parse(stdout)).toEqual({ total: 2, status: 'completed', nuclei: 2 });
  });
});

/**
 * Installs the generators once, from a lock file of their own: what they are made of is twice what the project
 * is, and they need a compiler that it has left behind.
 *
 * @returns Where they lie, or nothing where they cannot be had.
 */
async function install(): Promise<string | undefined> {
  const lock = readFileSync(join(source, 'package-lock.json'));
  const name = (await sha256Hex(new Uint8Array(lock))).slice(0, 12);
  const folder = join(root, 'out', `generators-${name}`);
  if (!existsSync(folder)) {
    const fresh = `${folder}.${process.pid}`;
    mkdirSync(fresh, { recursive: true });
    for (const file of ['package.json', 'package-lock.json']) {
      copyFileSync(join(source, file), join(fresh, file));
    }
    copyFileSync(join(root, '.npmrc'), join(fresh, '.npmrc'));
    try {
      await run('npm', ['ci'], { cwd: fresh, timeout: INSTALL_MS });
      renameSync(fresh, folder);
    } catch (error) {
      rmSync(fresh, { recursive: true });
      console.warn(`SKIPPED: the generators of clients could not be installed (npm ci): ${error}`);
      return undefined;
    }
  }
  copyFileSync(join(source, 'generate.mjs'), join(folder, 'generate.mjs'));
  return folder;
}
