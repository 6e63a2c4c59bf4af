/**
 * The converted checkpoint in ONNX Runtime, native and on WebAssembly, against what the authors' code
 * computed with it. PyTorch is compared in models/tests/test_parity.py.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import '../../src-gpu/engine/telemetry.ts';
import * as native from 'onnxruntime-node';
import * as web from 'onnxruntime-web';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { parseCard } from '../../shared/engine/card.ts';
import type { Engine, WindowOutputs } from '../../shared/engine/engine.ts';
import {
  GraphEngine,
  type GraphSession,
  type GraphTensor,
  type GraphTensorClass,
} from '../../shared/engine/graph-engine.ts';
import { windowWriter } from '../../shared/image/normalise.ts';
import { NucleiBuilder } from '../../shared/nuclei/builder.ts';
import { decodeTile, MAX_PAIRS } from '../../shared/protocol/decode-tile.ts';
import { assignPoints } from '../../shared/scoring/assignment.ts';
import { loadNativeEngine } from '../../src-gpu/engine/native-engine.ts';
import { readReferenceArrays } from '../support/reference.ts';

const MINUTES = 60_000;
const SIDE = 256;
const datasets = ['consep', 'monusac', 'ocelot', 'lizard'];

/** Largest differences from the recorded stages (../shared/reference/README.md). */
const trunkStages = {
  backbone0: 1e-4,
  backbone1: 1e-4,
  backbone2: 1e-4,
  neck0: 1e-4,
  neck3: 1e-4,
  memory_pre: 1e-4,
};
const datasetStages = {
  memory_post: 3e-4,
  enc_cls_all: 2e-4,
  init_reference: 1e-4,
  references: 1e-4,
  logits: 1e-3,
  points: 1e-4,
};

interface Pair {
  readonly distance: number;
  readonly score: number;
}

interface Runtime {
  readonly name: string;
  readonly open: (graph: string) => Promise<GraphSession<GraphTensor>>;
  readonly Tensor: GraphTensorClass<GraphTensor>;
  /** The converted model. */
  readonly load: (folder: string) => Promise<Engine>;
}

web.env.wasm.numThreads = 1;
const openWeb = (graph: string) =>
  web.InferenceSession.create(readFileSync(graph), { executionProviders: ['wasm'] });
const runtimes: Runtime[] = [
  {
    name: 'onnxruntime-node',
    open: (graph) => native.InferenceSession.create(graph),
    Tensor: native.Tensor,
    load: (folder) => loadNativeEngine(folder),
  },
  {
    name: 'onnxruntime-web',
    open: openWeb,
    Tensor: web.Tensor,
    load: async (folder) => {
      const path = join(folder, 'card.json');
      return new GraphEngine({
        card: parseCard(JSON.parse(readFileSync(path, 'utf8')), path),
        provider: 'wasm',
        Tensor: web.Tensor,
        trunk: await openWeb(join(folder, 'trunk.onnx')),
        dataset: await openWeb(join(folder, 'dataset.onnx')),
      });
    },
  },
];

const recorded = readReferenceArrays('small_256_compact.npz');
const folder = inject('recordedRun') ?? '';
const model = join(folder, 'models/official-small');

function array(name: string): { shape: readonly number[]; data: Float32Array } {
  const { shape, data } = recorded!.get(name)!;
  return { shape, data: data as Float32Array };
}

/** The recorded image as the model sees it. */
function image(): Float32Array {
  const pixels = recorded!.get('image_rgb')!.data as Uint8Array;
  const { normalisation } = parseCard(
    JSON.parse(readFileSync(join(model, 'card.json'), 'utf8')),
    'the converted card',
  );
  const tensor = new Float32Array(3 * SIDE * SIDE);
  const size = { width: SIDE, height: SIDE };
  windowWriter(normalisation, size)({ ...size, data: pixels }, tensor, 0);
  return tensor;
}

/** Differences from a recorded array. The class axis of a graph is as wide as the widest dataset's. */
function expectNear(tensor: GraphTensor, name: string, tolerance: number): void {
  const { shape, data } = array(name);
  const [width, wide] = [shape.at(-1)!, tensor.dims.at(-1)!];
  expect([...tensor.dims.slice(0, -1), Math.min(wide, width)], name).toEqual(shape);
  const found = tensor.data as Float32Array;
  let most = 0;
  for (const [i, value] of data.entries()) {
    const own = found[Math.floor(i / width) * wide + (i % width)]!;
    most = Math.max(most, Math.abs(own - value));
  }
  expect(most, name).toBeLessThan(tolerance);
}

describe.skipIf(!folder).each(runtimes)('$name', ({ open, Tensor, load }) => {
  let tokens: GraphTensor;
  let stages: GraphSession<GraphTensor>;
  let engine: Engine;

  beforeAll(async () => {
    const trunk = await open(join(folder, 'stages/trunk.onnx'));
    stages = await open(join(folder, 'stages/dataset.onnx'));
    engine = await load(model);
    const input = new Tensor('float32', image(), [1, 3, SIDE, SIDE]);
    const outputs = await trunk.run({ image: input }, [...Object.keys(trunkStages), 'tokens']);
    tokens = outputs.tokens!;
    for (const [name, tolerance] of Object.entries(trunkStages)) {
      expectNear(outputs[name]!, name, tolerance);
    }
  }, 5 * MINUTES);

  it('is given the pixels that the authors’ code gave it', () => {
    const { shape, data } = array('input_crop');
    expect(shape).toEqual([3, 16, 16]);
    const input = image();
    const crop = data.map((_, i) => {
      const [channel, y, x] = [Math.floor(i / 256), Math.floor(i / 16) % 16, i % 16];
      return input[(channel * SIDE + 100 + y) * SIDE + 100 + x]!;
    });
    expect(Math.max(...crop.map((value, i) => Math.abs(value - data[i]!)))).toBeLessThan(1e-5);
  });

  it.each(datasets)('gives every recorded stage of %s', async (dataset) => {
    const index = datasets.indexOf(dataset);
    const choice = recorded!.get(`ds${index}_topk_idx`)!.data as BigInt64Array;
    const feeds = {
      tokens,
      dataset: new Tensor('int64', BigInt64Array.of(BigInt(index)), [1]),
      chosen: new Tensor('int64', choice, [1, choice.length]),
    };
    const outputs = await stages.run(feeds, Object.keys(datasetStages));
    for (const [name, tolerance] of Object.entries(datasetStages)) {
      expectNear(outputs[name]!, `ds${index}_${name}`, tolerance);
    }
    const pairs = pairWithRecorded(lastLayer(outputs, dataset), index);
    expect(pairs.filter(isSame).length).toBe(MAX_PAIRS);
  });

  it.each(datasets)('finds the nuclei of %s that the authors’ code found, as a set', async (id) => {
    const [outputs] = await engine.run(image(), 1, [id]);
    const pairs = pairWithRecorded(outputs!, datasets.indexOf(id));
    // 299 or 300 where this was written. Which of two nearly tied tokens gets which query is not the same on
    // every processor, and a swap moves these two far: up to four neighbours of the 900 are nearer than 1e-5.
    // The test above, where the choice is given, allows none.
    expect(pairs.filter(isSame).length).toBeGreaterThanOrEqual(0.98 * MAX_PAIRS);
  });

  it.each([
    [1, 1],
    [37, 130],
    [277, 261],
  ])('takes windows of %i x %i, several at a time', async (width, height) => {
    const size = { width, height };
    const one = Float32Array.from({ length: 3 * width * height }, (_, i) => Math.sin(i * i));
    const two = new Float32Array(2 * one.length);
    two.set(one.map((value) => -value));
    two.set(one, one.length);
    const [single] = await engine.run(one, 1, ['lizard'], size);
    const [, second] = await engine.run(two, 2, ['consep', 'lizard'], size);
    expect(single!.logits.every(Number.isFinite)).toBe(true);
    expect(single!.points.every((value) => value >= 0 && value <= 1)).toBe(true);
    const own = second!.logits.subarray(single!.logits.length);
    const differences = own.map((value, i) => Math.abs(value - single!.logits[i]!));
    // On average: two tokens that are nearly tied may swap their queries.
    expect(differences.reduce((sum, value) => sum + value) / own.length).toBeLessThan(1e-3);
  });
});

/** The outputs of the last decoder layer as an engine gives them. */
function lastLayer(stages: Readonly<Record<string, GraphTensor>>, dataset: string): WindowOutputs {
  const [, queries, widest] = stages.logits!.dims as [number, number, number];
  const classes = array(`ds${datasets.indexOf(dataset)}_logits`).shape[2]!;
  const all = (stages.logits!.data as Float32Array).slice(-queries * widest);
  return {
    dataset,
    queries,
    classes,
    logits: all.filter((_, i) => i % widest < classes),
    points: (stages.points!.data as Float32Array).slice(-queries * 2),
  };
}

/**
 * Pairs the 300 surest nuclei with the recorded ones of the same class by the least sum of distances.
 *
 * @returns Per nucleus the distance in pixels and the difference of scores, infinite without a partner.
 */
function pairWithRecorded(outputs: WindowOutputs, dataset: number): Pair[] {
  const found = new NucleiBuilder();
  const whole = { x: 0, y: 0, width: SIDE, height: SIDE };
  decodeTile(outputs, whole, whole, 0, found);
  expect(found.length).toBe(MAX_PAIRS);
  const labels = Array.from(recorded!.get(`ds${dataset}_pred_labels`)!.data, Number);
  const centroids = array(`ds${dataset}_pred_centroids`).data;
  const scores = array(`ds${dataset}_pred_scores`).data;
  const pairs: Pair[] = [];
  for (const label of new Set(found.class)) {
    const own = rowsOf(found.class, label);
    const theirs = rowsOf(labels, label);
    const partners = assignPoints(
      { x: own.map((row) => found.x[row]!), y: own.map((row) => found.y[row]!) },
      {
        x: theirs.map((row) => centroids[2 * row]!),
        y: theirs.map((row) => centroids[2 * row + 1]!),
      },
    );
    for (const [i, row] of own.entries()) {
      const partner = theirs[partners[i]!];
      if (partner === undefined) {
        pairs.push({ distance: Infinity, score: Infinity });
        continue;
      }
      const dx = found.x[row]! - centroids[2 * partner]!;
      const dy = found.y[row]! - centroids[2 * partner + 1]!;
      const score = Math.abs(found.score[row]! - scores[partner]!);
      pairs.push({ distance: Math.hypot(dx, dy), score });
    }
  }
  return pairs;
}

function isSame({ distance, score }: Pair): boolean {
  return distance < SIDE * 1e-4 && score < 1e-3;
}

function rowsOf(classes: ArrayLike<number>, label: number): number[] {
  return Array.from(classes, (_, row) => row).filter((row) => classes[row] === label);
}
