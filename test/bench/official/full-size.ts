/**
 * The model of 116,732,660 parameters as the authors' code saves it, converted, then run on windows of
 * 800 x 800 pixels with ONNX Runtime's native CPU provider on all cores.
 *
 * @module
 */
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { windowWriter } from '../../../shared/image/normalise.ts';
import { syntheticField } from '../../../src-gpu/demo/synthetic/field.ts';
import { loadNativeEngine } from '../../../src-gpu/engine/native-engine.ts';
import { findPython } from '../../support/python.ts';
import { median, peakRssMb, printPart } from '../report.ts';

const RUNS = 3;

const python = findPython();
if (!python) throw new Error('No Python with the packages of models/[dev,export].');
const folder = mkdtempSync(join(tmpdir(), 'unicell-bench-'));
try {
  const checkpoint = join(folder, 'random.pth');
  const model = join(folder, 'official');
  python('bench/official_checkpoint.py', checkpoint);
  const convertS = await secondsOf(async () =>
    python('-m', 'unicell.convert', checkpoint, '--out', model),
  );
  const { engine, loadS } = await load(model);
  const { window, normalisation, mpp, datasets } = engine.card;
  const { raster } = syntheticField({ ...window, mpp, seed: 1 });
  const tensor = new Float32Array(3 * window.width * window.height);
  windowWriter(normalisation, window)(raster, tensor, 0);
  const ids = datasets.map(({ id }) => id);
  const oneS: number[] = [];
  const oneCpuS: number[] = [];
  const allS: number[] = [];
  for (let i = 0; i <= RUNS; i++) {
    const before = process.cpuUsage();
    const one = await secondsOf(() => engine.run(tensor, 1, ids.slice(0, 1)));
    const { user, system } = process.cpuUsage(before);
    const all = await secondsOf(() => engine.run(tensor, 1, ids));
    // The first run warms up.
    if (i > 0) {
      oneS.push(one);
      oneCpuS.push((user + system) / 1e6);
      allS.push(all);
    }
  }
  await engine.close();
  const { version } = JSON.parse(
    readFileSync(
      new URL('../../../node_modules/onnxruntime-node/package.json', import.meta.url),
      'utf8',
    ),
  ) as { version: string };
  printPart({
    figures: {
      window_s: median(oneS),
      // Of all cores together: what other processes take does not lengthen it much.
      window_cpu_s: median(oneCpuS),
      window_four_datasets_s: median(allS),
      load_s: loadS,
      rss_mb: peakRssMb(),
      trunk_mb: statSync(join(model, 'trunk.onnx')).size / 1e6,
      dataset_mb: statSync(join(model, 'dataset.onnx')).size / 1e6,
      convert_s: convertS,
    },
    versions: { 'onnxruntime-node': version },
  });
} finally {
  rmSync(folder, { recursive: true });
}

async function load(path: string) {
  const start = performance.now();
  const engine = await loadNativeEngine(path);
  return { engine, loadS: (performance.now() - start) / 1000 };
}

async function secondsOf(task: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await task();
  return (performance.now() - start) / 1000;
}
