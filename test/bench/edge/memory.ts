/**
 * What the Worker takes beyond its loaded code while it answers images of 256 and 512 px, as the kernel
 * counts it: without the machine code that V8 optimises meanwhile, and with it. `src-edge/memory.endurance.test.ts`
 * proves that it needs no more than 110 MB.
 */

import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import { syntheticField } from '../../../src-gpu/demo/synthetic/field.ts';
import { type PlainWorkerd, startPlainWorkerd } from '../../support/plain-workerd.ts';
import { printPart } from '../report.ts';

const REQUESTS = 20;
const images = [await png(256), await png(512)];

printPart({
  figures: {
    memory_mb: await growthMb(['--liftoff-only', '--no-wasm-dynamic-tiering']),
    memory_with_optimised_code_mb: await growthMb([]),
  },
});

async function growthMb(v8Flags: readonly string[]): Promise<number> {
  const variables = { UNICELL_ENV: 'local' };
  const worker = await startPlainWorkerd({
    variables,
    v8Flags: ['--max-heap-size=24', ...v8Flags],
  });
  await fetch(`${worker.url}/livez`);
  const before = dataMb(worker);
  let most = 0;
  for (let i = 0; i < REQUESTS; i++) {
    const dataset = i < 5 ? 'all' : 'consep';
    const response = await fetch(`${worker.url}/v1/detect?mpp=0.5&dataset=${dataset}&name=n${i}`, {
      method: 'POST',
      headers: { 'content-type': 'image/png' },
      body: images[i % 5 === 4 ? 1 : 0]!,
    });
    if (response.status !== 200) throw new Error(await response.text());
    await response.body?.cancel();
    most = Math.max(most, dataMb(worker) - before);
  }
  await worker.close();
  return most;
}

function dataMb({ pid }: PlainWorkerd): number {
  const [, kib] = /^VmData:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))!;
  return (Number(kib) * 1024) / 1e6;
}

async function png(side: number): Promise<Uint8Array<ArrayBuffer>> {
  const { data } = syntheticField({ width: side, height: side, mpp: 0.5, seed: 3 }).raster;
  const raw = { width: side, height: side, channels: 3 as const };
  return new Uint8Array(await sharp(data, { raw }).png().toBuffer());
}
