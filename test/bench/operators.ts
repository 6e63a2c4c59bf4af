/**
 * `npm run bench:operators`: where the time of a window goes at the edge. Every operator of the int8 graphs runs alone in the
 * edge's WebAssembly build, one thread, with the inputs that it has in a window of tissue; what it takes is shown as its share
 * of all. Needs python3 with numpy, Pillow, onnx and onnxruntime.
 *
 * @module
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as ort from 'onnxruntime-web/wasm';
import { findModel } from '../../src-gpu/engine/model-store.ts';
import { type Figures, installedVersion, writeReport } from './report.ts';

const MODEL = 'compact';
const PRECISION = 'int8';
/** Stops at its dense exit: the decoder is a branch, and of a branch nothing is timed. */
const DATASET = 'consep';
/** The shortest of so many runs counts, so that what else the machine does falls out. */
const RUNS = 20;
/** Kinds of operators that take less are shown together. */
const SMALL_SHARE = 0.02;

interface Node {
  readonly part: 'trunk' | 'dataset';
  readonly operator: string;
  readonly graph: string;
  readonly inputs: readonly {
    readonly name: string;
    readonly type: ort.Tensor.Type;
    readonly shape: readonly number[];
    readonly file: string;
  }[];
}

const ARRAYS = {
  float32: Float32Array,
  uint8: Uint8Array,
  int8: Int8Array,
  int32: Int32Array,
  int64: BigInt64Array,
  bool: Uint8Array,
} as const;

ort.env.wasm.numThreads = 1;
ort.env.wasm.proxy = false;

const { folder: model, card } = await findModel(MODEL);
const folder = mkdtempSync(join(tmpdir(), 'unicell-bench-'));
try {
  const timed: { node: Node; ms: number }[] = [];
  for (const node of writeNodes()) timed.push({ node, ms: await shortestRun(node) });
  writeReport('operators', [
    {
      figures: sharesOf(timed),
      versions: {
        model: `${card.id} ${card.version}/${PRECISION}`,
        'onnxruntime-web': installedVersion('onnxruntime-web'),
      },
    },
  ]);
} finally {
  rmSync(folder, { recursive: true });
}

function writeNodes(): Node[] {
  const path = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url));
  const options = {
    '--precision': PRECISION,
    '--dataset': DATASET,
    '--picture': path('docs/pictures/tissue.jpg'),
    '--out': folder,
  };
  const args = [path('models/bench/node_graphs.py'), model, ...Object.entries(options).flat()];
  execFileSync('python3', args, { stdio: 'inherit' });
  return JSON.parse(readFileSync(join(folder, 'nodes.json'), 'utf8')) as Node[];
}

async function shortestRun({ graph, inputs }: Node): Promise<number> {
  const session = await ort.InferenceSession.create(new Uint8Array(readFileSync(graph)), {
    executionProviders: ['wasm'],
    graphOptimizationLevel: 'disabled',
    enableCpuMemArena: false,
    logSeverityLevel: 3,
  });
  const feeds = Object.fromEntries(
    inputs.map(({ name, type, shape, file }) => [name, tensor(type, shape, readFileSync(file))]),
  );
  let shortest = Number.POSITIVE_INFINITY;
  for (let run = 0; run < RUNS; run++) {
    const start = performance.now();
    await session.run(feeds);
    shortest = Math.min(shortest, performance.now() - start);
  }
  await session.release();
  return shortest;
}

function tensor(type: ort.Tensor.Type, shape: readonly number[], bytes: Buffer): ort.Tensor {
  const Values = ARRAYS[type as keyof typeof ARRAYS];
  if (!Values) throw new Error(`An operator takes ${type}, of which this benchmark has no array.`);
  const { buffer } = new Uint8Array(bytes);
  return new ort.Tensor(type, new Values(buffer) as ort.TypedTensor<typeof type>['data'], shape);
}

function sharesOf(timed: readonly { node: Node; ms: number }[]): Figures {
  const total = sum(timed.map(({ ms }) => ms));
  const longest = timed.map(({ ms }) => ms).toSorted((a, b) => b - a);
  const msOf = new Map<string, number>();
  for (const { node, ms } of timed) {
    msOf.set(node.operator, (msOf.get(node.operator) ?? 0) + ms);
  }
  const shares = [...msOf]
    .map(([operator, ms]) => [`share_${operator}`, ms / total] as const)
    .toSorted(([, a], [, b]) => b - a);
  return {
    operators: timed.length,
    all_ms: total,
    trunk_ms: sum(timed.filter(({ node }) => node.part === 'trunk').map(({ ms }) => ms)),
    longest_share: longest[0]! / total,
    ten_longest_share: sum(longest.slice(0, 10)) / total,
    ...Object.fromEntries(shares.filter(([, share]) => share >= SMALL_SHARE)),
    share_others: sum(shares.map(([, share]) => share).filter((share) => share < SMALL_SHARE)),
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
