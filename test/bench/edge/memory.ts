/**
 * What the Worker takes beyond its loaded code while it answers images of 256 and 512 px, as the kernel
 * counts it: without the machine code that V8 optimises meanwhile, and with it. `src-edge/memory.endurance.test.ts`
 * proves that it needs no more than 110 MB.
 */

import { readFileSync } from 'node:fs';
import { type PlainWorkerd, startPlainWorkerd } from '../../support/plain-workerd.ts';
import { printPart } from '../report.ts';
import { ask, field, png } from './requests.ts';

const REQUESTS = 20;
const images = [await png(field(256)), await png(field(512))];

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
    await ask(worker, images[i % 5 === 4 ? 1 : 0]!, dataset);
    most = Math.max(most, dataMb(worker) - before);
  }
  await worker.close();
  return most;
}

function dataMb({ pid }: PlainWorkerd): number {
  const [, kib] = /^VmData:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))!;
  return (Number(kib) * 1024) / 1e6;
}
