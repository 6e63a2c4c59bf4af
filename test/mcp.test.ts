/** The tools for programs that speak the Model Context Protocol, by the client of its SDK: over HTTP, and over streams. */
import { createHash } from 'node:crypto';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import sharp from 'sharp';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { cellPixels, encode } from './api/images.ts';
import { gpuForTests } from './support/gpu-service.ts';
import { tempFolder } from './support/temp-folder.ts';
import { writeTinyModel } from './support/tiny-model.ts';

const slides = join(tempFolder(), 'slides');
const elsewhere = tempFolder();
const launcher = fileURLToPath(new URL('../src-gpu/unicell.mjs', import.meta.url));
const cells: [number, number][] = [
  [1, 1],
  [5, 3],
  [6, 6],
];
const key = 'a-key-that-is-long-enough-for-a-test-of-the-tools';
const TOOLS = [
  'list_datasets',
  'detect_nuclei',
  'estimate_slide',
  'submit_slide',
  'job_status',
  'job_summary',
  'overview_picture',
];

interface Answer {
  readonly isError?: boolean;
  readonly text: string;
  readonly content: Record<string, unknown>;
  readonly picture: Buffer | undefined;
}

/** A client that is connected, and how it calls a tool. */
async function connected(
  transport: Parameters<Client['connect']>[0],
): Promise<(name: string, args?: Record<string, unknown>) => Promise<Answer>> {
  const client = new Client({ name: 'test', version: '1' });
  await client.connect(transport);
  onTestFinished(() => client.close());
  const { tools } = await client.listTools();
  expect(tools.map(({ name }) => name)).toEqual(TOOLS);
  return async (name, args = {}) => {
    const result = await client.callTool({ name, arguments: args });
    const parts = result.content as { type: string; text?: string; data?: string }[];
    const image = parts.find(({ type }) => type === 'image');
    return {
      ...(result.isError === true ? { isError: true } : {}),
      text: parts.find(({ type }) => type === 'text')?.text ?? '',
      content: (result.structuredContent ?? {}) as Record<string, unknown>,
      picture: image && Buffer.from(image.data!, 'base64'),
    };
  };
}

type Call = Awaited<ReturnType<typeof connected>>;

/** Every tool, as somebody would call them one after the other. */
async function useAll(call: Call): Promise<void> {
  const listed = await call('list_datasets');
  expect(listed.text).toMatch(/^consep \(CoNSeP\): Inflammatory, Epithelial/m);

  const found = await call('detect_nuclei', {
    ...{ path: 'three.png', dataset: 'consep', mpp: 0.5, nuclei: true },
  });
  expect(found.text).toMatch(/^three\.png: 64 x 64 pixels, 0\.5 um per pixel \(request\)/);
  expect(found.text).toMatch(/CoNSeP: 3 nuclei, .*Research use only/s);
  expect(found.content).toMatchObject({
    datasets: [{ id: 'consep', total: { count: 3 } }],
    nuclei: [{ dataset: 'consep', count: 3, isComplete: true }],
  });

  const submitted = await call('submit_slide', { path: 'slide.tif', dataset: 'consep' });
  const { id } = submitted.content as { id: string };
  expect(submitted.text).toMatch(/^Job .* \(slide\.tif\): /);
  await expect
    .poll(async () => (await call('job_status', { id })).content.status, { timeout: 60_000 })
    .toBe('completed');
  const summary = await call('job_summary', { id });
  expect(summary.text).toMatch(/^CoNSeP: 3 nuclei/);
  const overview = await call('overview_picture', { id });
  expect(await sharp(overview.picture).metadata()).toMatchObject({ format: 'png' });

  const refused = async (name: string, args: Record<string, unknown>) => {
    const { isError, text } = await call(name, args);
    return `${isError}: ${text}`;
  };
  expect(await refused('detect_nuclei', { path: join(elsewhere, 'secret.png') })).toMatch(
    /^true: SOURCE_FORBIDDEN: /,
  );
  expect(await refused('detect_nuclei', { path: '../secret.png' })).toMatch(/SOURCE_FORBIDDEN/);
  expect(await refused('detect_nuclei', { path: 'link.png' })).toMatch(/SOURCE_FORBIDDEN/);
  expect(await refused('detect_nuclei', { path: 'three.png' })).toMatch(/MPP_UNKNOWN/);
  expect(await refused('detect_nuclei', { path: 'three.png', dataset: 'conseq', mpp: 1 })).toMatch(
    /DATASET_UNKNOWN.*consep/s,
  );
  expect(await refused('submit_slide', {})).toMatch(/INVALID_OPTIONS: Give the path or the URL/);
  expect(await refused('job_status', { id: '../../livez' })).toMatch(/NOT_FOUND/);
  expect(await refused('job_summary', { id, dataset: 'ocelot' })).toMatch(/the job has consep/);
}

beforeAll(async () => {
  mkdirSync(slides);
  const pixels = cellPixels(64, 64, cells);
  writeFileSync(join(slides, 'three.png'), await encode(pixels, 64, 64, 'png'));
  writeFileSync(join(elsewhere, 'secret.png'), await encode(pixels, 64, 64, 'png'));
  symlinkSync(join(elsewhere, 'secret.png'), join(slides, 'link.png'));
  const raw = { width: 64, height: 64, channels: 3 as const };
  const tiff = sharp(pixels, { raw }).tiff({ tile: true, xres: 2000, yres: 2000 });
  writeFileSync(join(slides, 'slide.tif'), await tiff.toBuffer());
});

describe('/mcp of the service', () => {
  it('has every tool', async () => {
    const { url } = await gpuForTests({ SLIDE_FOLDERS: slides });
    const call = await connected(new StreamableHTTPClientTransport(new URL(`${url}/mcp`)));
    await useAll(call);
    const estimate = await call('estimate_slide', { path: 'slide.tif' });
    expect(estimate.text).toMatch(/64 x 64 pixels at 0\.5 um per pixel/);
  });

  it('wants the keys that the service wants, and lets each see its own jobs', async () => {
    const keys = [
      { id: 'all', sha256: sha256(key), scopes: ['detect', 'jobs'] },
      { id: 'few', sha256: sha256(`${key}-2`), scopes: ['detect'] },
    ];
    const { url } = await gpuForTests({
      ...{ UNICELL_ENV: '', SLIDE_FOLDERS: slides, API_KEYS: JSON.stringify(keys) },
    });
    const post = (headers: Record<string, string>, body = '{}') =>
      fetch(`${url}/mcp`, { method: 'POST', headers, body });
    const json = {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
    };
    const refused = await post(json);
    expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([
      401,
      'UNAUTHORIZED',
    ]);
    const withKey = (secret: string) =>
      connected(
        new StreamableHTTPClientTransport(new URL(`${url}/mcp`), {
          requestInit: { headers: { authorization: `Bearer ${secret}` } },
        }),
      );
    const all = await withKey(key);
    const few = await withKey(`${key}-2`);
    expect((await all('submit_slide', { path: 'slide.tif' })).isError).toBeUndefined();
    expect((await few('list_datasets')).isError).toBeUndefined();
    expect((await few('submit_slide', { path: 'slide.tif' })).text).toMatch(/^FORBIDDEN: /);
    const bearer = { ...json, authorization: `Bearer ${key}` };
    expect((await post(bearer, `[${'{},'.repeat(400_000)}{}]`)).status).toBe(413);
    expect((await post(bearer, 'no json')).status).toBe(400);
  });

  it('takes nothing from pages of other origins where it has no keys', async () => {
    const { url } = await gpuForTests({ SLIDE_FOLDERS: slides });
    const response = await fetch(`${url}/mcp`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: 'https://evil.example' },
      body: '{"jsonrpc":"2.0","id":1,"method":"tools/list"}',
    });
    expect(response.status).toBe(403);
  });
});

describe('unicell mcp', () => {
  it('has every tool for the program that starts it', async () => {
    const model = join(tempFolder(), 'tiny');
    await writeTinyModel(model);
    const transport = new StdioClientTransport({
      command: process.execPath,
      args: [launcher, 'mcp', '--allow', slides, '--model', model],
      env: { ...process.env, XDG_CACHE_HOME: tempFolder() } as Record<string, string>,
      stderr: 'pipe',
    });
    await useAll(await connected(transport));
  });

  it('sends slides to a service elsewhere', async () => {
    const { url } = await gpuForTests();
    const args = [launcher, 'mcp', '--allow', slides, '--url', url];
    const env = process.env as Record<string, string>;
    await useAll(
      await connected(
        new StdioClientTransport({ command: process.execPath, args, env, stderr: 'pipe' }),
      ),
    );
  });
});

function sha256(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}
