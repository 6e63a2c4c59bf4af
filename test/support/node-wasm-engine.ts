/**
 * The edge's runtime in Node: the same WebAssembly build, one thread, the same options. What workerd adds
 * is only how the module comes in, so scores measured here are the edge's.
 *
 * @module
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as ort from 'onnxruntime-web/wasm';
import type { GraphFile } from '../../shared/engine/card.ts';
import type { Engine } from '../../shared/engine/engine.ts';
import { GraphEngine, type GraphSession } from '../../shared/engine/graph-engine.ts';
import { checkModelFile, variantOf } from '../../shared/engine/model-files.ts';
import { findModel } from '../../src-gpu/engine/model-store.ts';

ort.env.wasm.numThreads = 1;
ort.env.wasm.proxy = false;

/** Loads one precision of a model, as the Worker does. */
export async function loadNodeWasmEngine(model: string, precision: string): Promise<Engine> {
  const { folder, card } = await findModel(model);
  const files = variantOf(card, precision);
  const open = async (file: GraphFile): Promise<GraphSession<ort.Tensor>> => {
    const graph = new Uint8Array(await readFile(join(folder, file.path)));
    await checkModelFile(graph, file, `${file.path} of ${folder}`);
    return ort.InferenceSession.create(graph, {
      executionProviders: ['wasm'],
      graphOptimizationLevel: file.optimised ? 'disabled' : 'all',
      enableCpuMemArena: false,
      logSeverityLevel: 3,
    });
  };
  const [trunk, dataset] = [await open(files.trunk), await open(files.dataset)];
  return new GraphEngine({ card, provider: 'wasm', Tensor: ort.Tensor, trunk, dataset });
}
