/**
 * `npm run bench:gpu -- --ep cuda`: windows per second of the shipped model on this machine, bare and end to end,
 * and with `--swin-b FOLDER` those of the paper's model. No network: what it needs is in the checkout and in
 * node_modules. The weights of the paper's model may be random, for speed they do as well:
 *
 *     cd models && python bench/official_checkpoint.py /tmp/swin-b.pth
 *     python -m unicell.convert /tmp/swin-b.pth --out /tmp/swin-b
 *
 * @module
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { chooseProvider } from '../../src-gpu/engine/provider/choose-provider.ts';
import { PROVIDER_CHOICES } from '../../src-gpu/engine/provider/provider-choice.ts';
import type { ModelRun } from './gpu/model.ts';
import { writeEndlessSlide } from './pipeline/endless-slide.ts';
import { installedVersion, type PartResult, runPart, writeReport } from './report.ts';

/** What a GPU needs to be measured, and what a CPU can be asked for. */
const EXTENT = {
  cuda: { sidePx: 16_384, batches: [1, 4, 8, 16, 32, 64], seconds: 5 },
  cpu: { sidePx: 2048, batches: [1, 2, 4, 8], seconds: 2 },
} as const;

/** The windows of the paper's model have ten times the pixels. */
const SWIN_B_EXTENT = {
  cuda: { sidePx: 8192, batches: [1, 2, 4, 8, 16], seconds: 5 },
  cpu: { sidePx: 512, batches: [1, 2], seconds: 1 },
} as const;

const { values } = parseArgs({
  options: {
    ep: { type: 'string', default: 'auto' },
    'swin-b': { type: 'string' },
  },
});
const choice = PROVIDER_CHOICES.find((ep) => ep === values.ep);
if (choice === undefined) throw new Error(`--ep is ${values.ep}; give auto, cuda or cpu.`);
const { provider } = chooseProvider(choice);
console.log(`Provider: ${provider}`);

const folder = mkdtempSync(join(tmpdir(), 'unicell-bench-'));
try {
  const parts = [await measure('compact', EXTENT[provider], '')];
  if (values['swin-b'] !== undefined) {
    parts.push(await measure(values['swin-b'], SWIN_B_EXTENT[provider], 'swin_b_'));
  }
  const versions = {
    provider,
    device: provider === 'cuda' ? gpuName() : 'CPU',
    'onnxruntime-node': installedVersion('onnxruntime-node'),
  };
  writeReport('gpu', [...parts, { figures: {}, versions }], {
    end_to_end_vs_bare: 1 / 0.9,
    swin_b_end_to_end_vs_bare: 1 / 0.9,
  });
} finally {
  rmSync(folder, { recursive: true });
}

async function measure(
  model: string,
  extent: { readonly sidePx: number } & Pick<ModelRun, 'batches' | 'seconds'>,
  prefix: string,
): Promise<PartResult> {
  const { sidePx, batches, seconds } = extent;
  const slide = join(folder, `${sidePx}.tif`);
  await writeEndlessSlide(slide, { width: sidePx, height: sidePx });
  console.log(`${model} ...`);
  const run: ModelRun = { model, provider, slide, batches, seconds };
  const { figures } = runPart(new URL('./gpu/model.ts', import.meta.url), 1, [JSON.stringify(run)]);
  const named = Object.entries(figures).map(([name, value]) => [`${prefix}${name}`, value]);
  return { figures: Object.fromEntries(named) };
}

function gpuName(): string {
  const query = ['--query-gpu=name,driver_version', '--format=csv,noheader'];
  return execFileSync('nvidia-smi', query, { encoding: 'utf8' }).trim().split('\n')[0]!;
}
