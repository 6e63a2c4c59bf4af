/**
 * ONNX Runtime on WebAssembly inside workerd, one thread.
 *
 * workerd runs only modules that came with the Worker and forbids compiling bytes, and ONNX Runtime has
 * no hook for instantiation. So while the runtime starts, `WebAssembly.instantiate` is a function that
 * takes the bundled module whatever bytes it is given.
 *
 * @module
 */

import runtimeModule from 'onnxruntime-web/ort-wasm-simd-threaded.wasm';
import * as ort from 'onnxruntime-web/wasm';
import type { GraphSession } from '../../shared/engine/graph-engine.ts';

export const { Tensor } = ort;
export type WasmTensor = ort.Tensor;

ort.env.wasm.numThreads = 1;
ort.env.wasm.proxy = false;
// Any bytes keep the runtime from looking for a URL; the shim below ignores them.
ort.env.wasm.wasmBinary = new Uint8Array(8).buffer;

let memory: { readonly buffer: ArrayBufferLike } | undefined;

/**
 * Opens a graph. The first call starts the runtime; one call at a time.
 *
 * @param isOptimised The graph was optimised offline: optimising it again would double the cold start.
 */
export function openSession(
  graph: Uint8Array,
  isOptimised: boolean,
): Promise<GraphSession<WasmTensor>> {
  return withBundledModule(() =>
    ort.InferenceSession.create(graph, {
      executionProviders: ['wasm'],
      graphOptimizationLevel: isOptimised ? 'disabled' : 'all',
      // The arena would keep the largest run's memory twice; a window's is allocated once per run.
      enableCpuMemArena: false,
      logSeverityLevel: 3,
    }),
  );
}

/** Bytes of the runtime's heap, which never shrinks; 0 before it started. */
export function heapBytes(): number {
  return memory?.buffer.byteLength ?? 0;
}

async function withBundledModule<T>(start: () => Promise<T>): Promise<T> {
  const original = WebAssembly.instantiate;
  WebAssembly.instantiate = async (_bytes, imports) => {
    const instance = new WebAssembly.Instance(runtimeModule, imports);
    memory = memoryOf(instance.exports) ?? memoryOf(...Object.values(imports ?? {}));
    return { instance, module: runtimeModule };
  };
  try {
    return await start();
  } finally {
    WebAssembly.instantiate = original;
  }
}

/** The memory among imports or exports; its name is the minifier's. */
function memoryOf(...groups: readonly object[]): WebAssembly.Memory | undefined {
  for (const group of groups) {
    for (const value of Object.values(group)) {
      if (value instanceof WebAssembly.Memory) return value;
    }
  }
  return undefined;
}
