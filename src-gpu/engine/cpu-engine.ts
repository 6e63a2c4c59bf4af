/**
 * The engine of the command and of the service without a GPU: ONNX Runtime's native CPU provider.
 *
 * @module
 */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { Engine } from '../../shared/engine/engine.ts';
import { GraphEngine } from '../../shared/engine/graph-engine.ts';
import { checkGraphs, findModel } from './model-store.ts';

export interface CpuEngineOptions {
  /** Threads for one run; as many as the machine has cores when left out. */
  readonly threads?: number;
  /** A key of the card's `variants`; `fp32` when left out. */
  readonly precision?: string;
}

/**
 * Loads a model for the CPU.
 *
 * @param model Id of a model that comes with the project, or the path of a model's folder.
 * @throws {UniCellError} `MODEL_NOT_FOUND`, `CARD_INVALID`, or `CARD_MISMATCH` when the files are not
 *   those the card describes.
 *
 * @example
 * const engine = await loadCpuEngine('compact', { threads: 2 });
 */
export async function loadCpuEngine(
  model: string,
  options: CpuEngineOptions = {},
): Promise<Engine> {
  const stored = await findModel(model);
  const graphs = await checkGraphs(stored, options.precision ?? 'fp32');
  const trunk = await openSession(graphs.trunk, options.threads);
  const dataset = await openSession(graphs.dataset, options.threads);
  return new GraphEngine({ card: stored.card, provider: 'cpu', Tensor, trunk, dataset });
}

function openSession(graph: string, threads: number | undefined): Promise<InferenceSession> {
  return InferenceSession.create(graph, {
    executionProviders: ['cpu'],
    interOpNumThreads: 1,
    // 0 leaves the number to ONNX Runtime: one thread per core.
    intraOpNumThreads: threads ?? 0,
    logSeverityLevel: 3,
  });
}
