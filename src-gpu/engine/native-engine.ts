/**
 * A model on ONNX Runtime's native library, in the thread that calls it. A run holds that thread until it
 * ends, so everything that has other work to do takes an engine host (`open-engine-host.ts`).
 *
 * @module
 */
import './telemetry.ts';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { ModelCard } from '../../shared/engine/card.ts';
import type { Engine } from '../../shared/engine/engine.ts';
import { GraphEngine } from '../../shared/engine/graph-engine.ts';
import { checkGraphs, findModel, type ModelGraphs } from './model-store.ts';

/** What ONNX Runtime runs a model on. */
export type Provider = 'cuda' | 'cpu';

/** A model whose files have been checked, and how to run it. Plain data, so that a thread can have it. */
export interface NativeModel {
  readonly card: ModelCard;
  readonly graphs: ModelGraphs;
  readonly provider: Provider;
  /** Threads for one run; 0 for as many as the machine has cores. */
  readonly threads: number;
}

export interface NativeEngineOptions {
  /** A key of the card's `variants`; `fp32` when left out. */
  readonly precision?: string;
  /** `cpu` when left out. */
  readonly provider?: Provider;
  /** Threads for one run; as many as the machine has cores when left out. */
  readonly threads?: number | undefined;
}

/**
 * Loads a model into this thread.
 *
 * @param model Id of a model that comes with the project, or the path of a model's folder.
 * @throws {UniCellError} `MODEL_NOT_FOUND`, `CARD_INVALID`, or `CARD_MISMATCH` when the files are not
 *   those the card describes.
 *
 * @example
 * const engine = await loadNativeEngine('compact', { threads: 2 });
 */
export async function loadNativeEngine(
  model: string,
  options: NativeEngineOptions = {},
): Promise<Engine> {
  return openSessions(await checkModel(model, options));
}

/** Reads a model's card and checks its files. @throws {UniCellError} As {@link loadNativeEngine}. */
export async function checkModel(
  model: string,
  { precision = 'fp32', provider = 'cpu', threads = 0 }: NativeEngineOptions,
): Promise<NativeModel> {
  const stored = await findModel(model);
  return {
    card: stored.card,
    graphs: await checkGraphs(stored, precision),
    provider,
    threads,
  };
}

/** @throws {UniCellError} `CARD_MISMATCH`; and what ONNX Runtime throws when the provider cannot load. */
export async function openSessions({
  card,
  graphs,
  provider,
  threads,
}: NativeModel): Promise<Engine> {
  const trunk = await openSession(graphs.trunk, provider, threads);
  const dataset = await openSession(graphs.dataset, provider, threads);
  return new GraphEngine({ card, provider, Tensor, trunk, dataset });
}

function openSession(graph: string, provider: Provider, threads: number) {
  return InferenceSession.create(graph, {
    executionProviders: [provider],
    interOpNumThreads: 1,
    // 0 leaves the number to ONNX Runtime: one thread per core.
    intraOpNumThreads: threads,
    logSeverityLevel: 3,
    // On CUDA some kernels add in the order in which threads end, unless told not to.
    extra: { session: { use_deterministic_compute: '1' } },
  });
}
