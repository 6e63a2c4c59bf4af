/**
 * The engine of the command and of the service without a GPU: ONNX Runtime's native CPU provider.
 *
 * @module
 */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { CardDataset, ModelCard } from '../../shared/engine/card.ts';
import type { Engine, WindowOutputs } from '../../shared/engine/engine.ts';
import { UniCellError } from '../../shared/errors.ts';
import type { Size } from '../../shared/image/source.ts';
import { checkGraphs, findModel } from './model-store.ts';

export interface CpuEngineOptions {
  /** Threads for one run; as many as the machine has cores when left out. */
  readonly threads?: number;
  /** A key of the card's `variants`; `fp32` when left out. */
  readonly precision?: string;
}

type Tensors = Readonly<Record<string, Tensor>>;

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
  const { id } = stored.card;
  requireNames(id, 'trunk graph', 'inputs', trunk.inputNames, ['image']);
  const features = dataset.inputNames.filter((name) => name !== 'dataset');
  requireNames(id, 'trunk graph', 'outputs', trunk.outputNames, features);
  requireNames(id, 'dataset graph', 'inputs', dataset.inputNames, ['dataset']);
  requireNames(id, 'dataset graph', 'outputs', dataset.outputNames, ['logits', 'points']);
  return new CpuEngine(stored.card, trunk, dataset, features);
}

class CpuEngine implements Engine {
  readonly card: ModelCard;
  readonly provider = 'cpu';
  readonly #trunk: InferenceSession;
  readonly #dataset: InferenceSession;
  /** Names of the trunk's outputs that the dataset graph reads. */
  readonly #features: readonly string[];

  constructor(
    card: ModelCard,
    trunk: InferenceSession,
    dataset: InferenceSession,
    features: readonly string[],
  ) {
    this.card = card;
    this.#trunk = trunk;
    this.#dataset = dataset;
    this.#features = features;
  }

  async run(
    windows: Float32Array,
    batch: number,
    datasets: readonly string[],
    size: Size = this.card.window,
  ): Promise<WindowOutputs[]> {
    requireSize(this.card, size);
    const { height, width } = size;
    const expected = batch * 3 * height * width;
    if (windows.length !== expected) {
      throw new UniCellError(
        'INVALID_OPTIONS',
        `A batch of ${batch} windows has ${windows.length} values; model ${this.card.id} takes ` +
          `${batch} x 3 x ${height} x ${width} = ${expected}.`,
      );
    }
    const indices = datasets.map((id) => this.#indexOf(id));
    const image = new Tensor('float32', windows, [batch, 3, height, width]);
    const features = (await this.#trunk.run({ image }, [...this.#features])) as Tensors;
    try {
      const outputs: WindowOutputs[] = [];
      for (const index of indices) {
        outputs.push(await this.#runDataset(features, index, batch, size));
      }
      return outputs;
    } finally {
      dispose(features);
    }
  }

  async close(): Promise<void> {
    await this.#trunk.release();
    await this.#dataset.release();
  }

  async #runDataset(
    features: Tensors,
    index: number,
    batch: number,
    size: Size,
  ): Promise<WindowOutputs> {
    const dataset = this.card.datasets[index]!;
    const choice = new Tensor('int64', BigInt64Array.of(BigInt(index)), [1]);
    const { logits, points } = (await this.#dataset.run({ ...features, dataset: choice }, [
      'logits',
      'points',
    ])) as { logits: Tensor; points: Tensor };
    const widest = logits.dims[2] ?? 0;
    const queries = isOwnSize(this.card, size) ? this.card.queries : (logits.dims[1] ?? 0);
    requireShape(this.card, logits, 'logits', [batch, queries, widest]);
    requireShape(this.card, points, 'points', [batch, queries, 2]);
    return {
      dataset: dataset.id,
      queries,
      classes: dataset.classes.length,
      logits: cutClasses(this.card, logits, dataset),
      points: points.data as Float32Array,
    };
  }

  #indexOf(id: string): number {
    const index = this.card.datasets.findIndex((dataset) => dataset.id === id);
    if (index < 0) {
      throw new UniCellError(
        'DATASET_NOT_IN_MODEL',
        `Model ${this.card.id} has no head for dataset ${JSON.stringify(id)}; it has ` +
          `${this.card.datasets.map((dataset) => dataset.id).join(', ')}.`,
      );
    }
    return index;
  }
}

function isOwnSize({ window }: ModelCard, { width, height }: Size): boolean {
  return width === window.width && height === window.height;
}

function requireSize(card: ModelCard, size: Size) {
  if (!card.window.anySize && !isOwnSize(card, size)) {
    throw new UniCellError(
      'INVALID_OPTIONS',
      `The windows are ${size.width} x ${size.height}; model ${card.id} takes ${card.window.width} x ${card.window.height} only.`,
    );
  }
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

/** The graph pads the class axis to its widest dataset; the columns beyond this one's classes go. */
function cutClasses(card: ModelCard, logits: Tensor, dataset: CardDataset): Float32Array {
  const data = logits.data as Float32Array;
  const widest = logits.dims[2]!;
  const classes = dataset.classes.length;
  if (widest < classes) {
    throw new UniCellError(
      'MODEL_OUTPUT_INVALID',
      `Model ${card.id} gives ${widest} logits per query, but its card lists ${classes} classes for ${dataset.id}.`,
    );
  }
  if (widest === classes) return data;
  const rows = data.length / widest;
  const cut = new Float32Array(rows * classes);
  for (let row = 0; row < rows; row++) {
    for (let k = 0; k < classes; k++) cut[row * classes + k] = data[row * widest + k]!;
  }
  return cut;
}

function requireShape(card: ModelCard, tensor: Tensor, name: string, shape: readonly number[]) {
  const fits =
    tensor.type === 'float32' &&
    tensor.dims.length === shape.length &&
    tensor.dims.every((length, axis) => length === shape[axis]);
  if (!fits) {
    throw new UniCellError(
      'MODEL_OUTPUT_INVALID',
      `Model ${card.id} gives ${name} as ${tensor.type} [${tensor.dims.join(', ')}]; its card asks for ` +
        `float32 [${shape.join(', ')}] (windows, queries, values).`,
    );
  }
}

function requireNames(
  id: string,
  graph: string,
  side: string,
  present: readonly string[],
  needed: readonly string[],
) {
  const missing = needed.filter((name) => !present.includes(name));
  if (missing.length > 0) {
    throw new UniCellError(
      'CARD_MISMATCH',
      `The ${graph} of model ${id} has the ${side} ${present.join(', ')}; ${missing.join(', ')} is missing. ` +
        'Export the model again with the Python package of this version.',
    );
  }
}

function dispose(tensors: Tensors): void {
  for (const tensor of Object.values(tensors)) tensor.dispose();
}
