/**
 * Latency as a client on the same machine sees it: HTTP, PNG decoding and all. Edge and native take
 * turns, so that what else the machine does slows both.
 *
 * @module
 */

import { detect } from '../../../shared/detect/detect.ts';
import { RasterSource } from '../../../shared/image/raster-source.ts';
import { loadNativeEngine } from '../../../src-gpu/engine/native-engine.ts';
import { type RunningService, startEdge } from '../../support/start-edge.ts';
import { installedVersion, median, printPart } from '../report.ts';
import { ask, field, png } from './requests.ts';

const WINDOW_RUNS = 25;
const PICTURE_RUNS = 8;
const COLD_STARTS = 3;
const HEAP_REQUESTS = 50;

const [image, window] = [field(512), field(256)];
const [imagePng, windowPng] = [await png(image), await png(window)];
const native = await loadNativeEngine('compact', { threads: 1 });
const start = () => startEdge({ variables: { UNICELL_ENV: 'local', QUEUE_WAIT_MS: '60000' } });

const coldStarts: number[] = [];
let edge: RunningService | undefined;
for (let i = 0; i < COLD_STARTS; i++) {
  await edge?.close();
  edge = await start();
  await fetch(`${edge.url}/livez`);
  coldStarts.push(await ask(edge, windowPng));
}

const nativeMs: number[] = [];
const windowMs: number[] = [];
const imageMs: number[] = [];
await runNative();
for (let i = 0; i < WINDOW_RUNS; i++) {
  windowMs.push(await ask(edge!, windowPng));
  nativeMs.push(await runNative());
}
for (let i = 0; i < PICTURE_RUNS; i++) imageMs.push(await ask(edge!, imagePng));
for (let i = WINDOW_RUNS + PICTURE_RUNS; i < HEAP_REQUESTS; i++) {
  await ask(edge!, i % 5 === 0 ? imagePng : windowPng);
}
const { heapBytes } = (await (await fetch(`${edge!.url}/debug/heap`)).json()) as {
  heapBytes: number;
};
const { models } = (await (await fetch(`${edge!.url}/v1/models`)).json()) as {
  models: { id: string; precision: string }[];
};
await edge!.close();
await native.close();

printPart({
  figures: {
    window_vs_native_fp32: median(windowMs) / median(nativeMs),
    picture512_vs_window: median(imageMs) / median(windowMs),
    warm_window_ms: median(windowMs),
    warm_window_p95_ms: percentile95(windowMs),
    picture512_ms: median(imageMs),
    picture512_p95_ms: percentile95(imageMs),
    native_window_ms: median(nativeMs),
    cold_start_ms: median(coldStarts),
    heap_mb: heapBytes / 1e6,
  },
  versions: {
    model: `${models[0]!.id}/${models[0]!.precision}`,
    'onnxruntime-node': installedVersion('onnxruntime-node'),
    'onnxruntime-web': installedVersion('onnxruntime-web'),
    workerd: installedVersion('workerd'),
  },
});

async function runNative(): Promise<number> {
  const before = performance.now();
  await detect(new RasterSource(window, 0.5), { dataset: 'consep' }, native);
  return performance.now() - before;
}

function percentile95(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(0.95 * sorted.length) - 1)]!;
}
