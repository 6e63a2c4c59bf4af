/**
 * What the Worker needs beyond its loaded code, in an isolate of 128 MB. workerd enforces no limit on
 * this machine, so the kernel does: the process gets no more data memory than is allowed here. That counts
 * the WebAssembly heaps, the model, bodies, decoded images and JavaScript. It leaves out machine code
 * that V8 would optimise meanwhile; docs/edge.md has the figure.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { parseCard } from '../shared/engine/card.ts';
import { syntheticField } from '../src-gpu/demo/synthetic/field.ts';
import { gpuStandIn } from '../test/support/gpu-stand-in.ts';
import { type PlainWorkerd, startPlainWorkerd } from '../test/support/plain-workerd.ts';

const HEAP_AT_MOST = 80e6;
const ALL_AT_MOST = 110e6;
const REQUESTS = 50;
/** Of util-linux; sets limits of a process that runs. */
const PRLIMIT = '/usr/bin/prlimit';
const cardPath = fileURLToPath(new URL('../models/compact/card.json', import.meta.url));

const missing = [
  existsSync(cardPath) ? '' : 'models/compact',
  process.platform === 'linux' && existsSync(PRLIMIT) ? '' : 'prlimit of Linux',
].filter((what) => what !== '');
if (missing.length > 0)
  console.warn(`SKIPPED: without ${missing.join(' and ')} no memory is capped.`);

const images = [await syntheticPng(256), await syntheticPng(512)];

describe.skipIf(missing.length > 0)('the memory of the Worker', () => {
  it(`suffices for ${REQUESTS} pictures of 256 and 512 px`, async () => {
    const worker = await capped(ALL_AT_MOST);
    try {
      for (let i = 0; i < REQUESTS; i++) {
        const isLarge = i % 5 === 4;
        const response = await detect(worker, images[isLarge ? 1 : 0]!, i);
        expect(response.status).toBe(200);
        const { windows } = (await response.json()) as { windows: number };
        // 512 px in windows, not in one tensor.
        expect(windows).toBe(isLarge ? 9 : 1);
      }
      const { heapBytes } = (await (await fetch(`${worker.url}/debug/heap`)).json()) as {
        heapBytes: number;
      };
      expect(heapBytes).toBeGreaterThan(1e6);
      expect(heapBytes).toBeLessThanOrEqual(HEAP_AT_MOST);
      expect(heapBytes + modelBytes() + decodedBytes(512)).toBeLessThanOrEqual(ALL_AT_MOST);
    } finally {
      await worker.close();
    }
  });

  it('suffices for the largest pictures in JSON', { timeout: 300_000 }, async () => {
    const worker = await capped(ALL_AT_MOST);
    try {
      const jpeg = await sharp(images[0]!).jpeg().toBuffer();
      // What stands behind the end of a JPEG is let alone.
      const base64 = Buffer.concat([jpeg, Buffer.alloc(5.9e6)]).toString('base64');
      for (let i = 0; i < 10; i++) {
        const response = await fetch(`${worker.url}/v1/detect`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ image: { base64 }, mpp: 0.5, dataset: 'consep', name: `n${i}` }),
        });
        expect(response.status).toBe(200);
        await response.arrayBuffer();
      }
    } finally {
      await worker.close();
    }
  });

  it('is really capped: with much less the Worker fails', async () => {
    const worker = await capped(20e6);
    try {
      const response = await detect(worker, images[0]!, 0).catch(() => undefined);
      expect(response?.status).not.toBe(200);
    } finally {
      await worker.close();
    }
  });
});

describe.skipIf(missing.length > 0)('a picture that passes through', () => {
  it('may be larger than all memory that there is', async () => {
    const gpu = await gpuStandIn();
    const worker = await capped(ALL_AT_MOST, { GPU_SERVICE_URL: gpu.url });
    try {
      const bytes = 200 * 2 ** 20;
      const part = new Uint8Array(2 ** 20);
      const body = new Blob(Array.from({ length: 200 }, () => part));
      const response = await fetch(`${worker.url}/v1/detect?mpp=0.5`, {
        method: 'POST',
        headers: { 'content-type': 'image/tiff' },
        body,
      });
      expect(await response.json()).toEqual({ tier: 'gpu', bytes });
    } finally {
      await worker.close();
    }
  });
});

/** The Worker, loaded, and unable to get more than `bytes` of memory from then on. */
async function capped(
  bytes: number,
  variables: Readonly<Record<string, string>> = {},
): Promise<PlainWorkerd> {
  const worker = await startPlainWorkerd({
    variables: { UNICELL_ENV: 'local', ...variables },
    // V8 collects garbage in time only if it knows a limit.
    v8Flags: ['--max-heap-size=24', '--liftoff-only', '--no-wasm-dynamic-tiering'],
  });
  await fetch(`${worker.url}/livez`);
  const status = readFileSync(`/proc/${worker.pid}/status`, 'utf8');
  const now = Number(/^VmData:\s+(\d+) kB$/m.exec(status)![1]) * 1024;
  execFileSync(PRLIMIT, ['--pid', String(worker.pid), `--data=${now + bytes}`]);
  return worker;
}

function detect({ url }: PlainWorkerd, body: Uint8Array<ArrayBuffer>, i: number) {
  const dataset = i < 5 ? 'all' : 'consep';
  return fetch(`${url}/v1/detect?mpp=0.5&dataset=${dataset}&name=n${i}`, {
    method: 'POST',
    headers: { 'content-type': 'image/png' },
    body,
  });
}

/** Of the files that the edge loads. */
function modelBytes(): number {
  const card = parseCard(JSON.parse(readFileSync(cardPath, 'utf8')), cardPath);
  const files = card.variants.int8 ?? card.variants.fp32!;
  return files.trunk.bytes + files.dataset.bytes;
}

/** RGBA as the codec gives it, and RGB. */
function decodedBytes(side: number): number {
  return side * side * (4 + 3);
}

async function syntheticPng(side: number): Promise<Uint8Array<ArrayBuffer>> {
  const { data } = syntheticField({ width: side, height: side, mpp: 0.5, seed: 3 }).raster;
  const raw = { width: side, height: side, channels: 3 as const };
  return new Uint8Array(await sharp(data, { raw }).png().toBuffer());
}
