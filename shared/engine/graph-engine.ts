/**
 * The engine over ONNX Runtime's interface, whichever runtime stands behind it: native in Node,
 * WebAssembly in a Worker. It knows the two graphs of a model and checks what they give.
 *
 * @module
 */

import { UniCellError } from '../errors.ts';
import type { Size } from '../image/source.ts';
import type { CardDataset, ModelCard } from './card.ts';
import type { Engine, WindowOutputs } from './engine.ts';

/** What the engine needs of a tensor of ONNX Runtime. */
export interface GraphTensor {
  readonly type: string;
  readonly dims: readonly number[];
  readonly data: unknown;
  dispose(): void;
}

/** What the engine needs of a session of ONNX Runtime. */
export interface GraphSession<Tensor extends GraphTensor> {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  run(
    feeds: Readonly<Record<string, Tensor>>,
    outputs: readonly string[],
  ): Promise<Readonly<Record<string, Tensor>>>;
  release(): Promise<void>;
}

/** The runtime's constructor of tensors. */
export interface GraphTensorClass<Tensor extends GraphTensor> {
  new (type: 'float32', data: Float32Array, dims: readonly number[]): Tensor;
  new (type: 'int64', data: BigInt64Array, dims: readonly number[]): Tensor;
}

/** The two sessions of a model, and what belongs to them. */
export interface GraphParts<Tensor extends GraphTensor> {
  readonly card: ModelCard;
  /** What runs it, as reported to users. */
  readonly provider: string;
  readonly Tensor: GraphTensorClass<Tensor>;
  /** Image to features. */
  readonly trunk: GraphSession<Tensor>;
  /** Features and a dataset index to nuclei. */
  readonly dataset: GraphSession<Tensor>;
}

/** A model of two graphs: the trunk runs once per batch, the dataset graph once per dataset. */
export class GraphEngine<Tensor extends GraphTensor> implements Engine {
  readonly card: ModelCard;
  readonly provider: string;
  readonly #parts: GraphParts<Tensor>;
  /** Names of the trunk's outputs that the dataset graph reads. */
  readonly #features: readonly string[];

  /** @throws {UniCellError} `CARD_MISMATCH` when the graphs do not fit each other. */
  constructor(parts: GraphParts<Tensor>) {
    const { card, trunk, dataset } = parts;
    this.card = card;
    this.provider = parts.provider;
    this.#parts = parts;
    this.#features = dataset.inputNames.filter((name) => name !== 'dataset');
    requireNames(card.id, 'trunk graph', 'inputs', trunk.inputNames, ['image']);
    requireNames(card.id, 'trunk graph', 'outputs', trunk.outputNames, this.#features);
    requireNames(card.id, 'dataset graph', 'inputs', dataset.inputNames, ['dataset']);
    requireNames(card.id, 'dataset graph', 'outputs', dataset.outputNames, ['logits', 'points']);
  }

  async run(
    windows: Float32Array,
    batch: number,
    datasets: readonly string[],
    size: Size = this.card.window,
  ): Promise<WindowOutputs[]> {
    requireWindows(this.card, windows, batch, size);
    const indices = datasets.map((id) => this.#indexOf(id));
    const { Tensor, trunk } = this.#parts;
    const image = new Tensor('float32', windows, [batch, 3, size.height, size.width]);
    const features = await trunk.run({ image }, this.#features);
    try {
      const outputs: WindowOutputs[] = [];
      for (const index of indices) {
        outputs.push(await this.#runDataset(features, index, batch, size));
      }
      return outputs;
    } finally {
      for (const tensor of Object.values(features)) tensor.dispose();
    }
  }

  async close(): Promise<void> {
    await this.#parts.trunk.release();
    await this.#parts.dataset.release();
  }

  async #runDataset(
    features: Readonly<Record<string, Tensor>>,
    index: number,
    batch: number,
    size: Size,
  ): Promise<WindowOutputs> {
    const { Tensor, dataset: session } = this.#parts;
    const dataset = this.card.datasets[index]!;
    const choice = new Tensor('int64', BigInt64Array.of(BigInt(index)), [1]);
    const outputs = await session.run({ ...features, dataset: choice }, ['logits', 'points']);
    const { logits, points } = outputs as { logits: Tensor; points: Tensor };
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

/**
 * Checks that a batch is what a model takes.
 *
 * @throws {UniCellError} `INVALID_OPTIONS`.
 */
export function requireWindows(
  card: ModelCard,
  windows: Float32Array,
  batch: number,
  size: Size,
): void {
  const { width, height } = size;
  if (!card.window.anySize && !isOwnSize(card, size)) {
    throw new UniCellError(
      'INVALID_OPTIONS',
      `The windows are ${width} x ${height}; model ${card.id} takes ${card.window.width} x ${card.window.height} only.`,
    );
  }
  const expected = batch * 3 * height * width;
  if (windows.length !== expected) {
    throw new UniCellError(
      'INVALID_OPTIONS',
      `A batch of ${batch} windows has ${windows.length} values; model ${card.id} takes ` +
        `${batch} x 3 x ${height} x ${width} = ${expected}.`,
    );
  }
}

/** The graph pads the class axis to its widest dataset; the columns beyond this one's classes go. */
function cutClasses(card: ModelCard, logits: GraphTensor, dataset: CardDataset): Float32Array {
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

function requireShape(
  card: ModelCard,
  tensor: GraphTensor,
  name: string,
  shape: readonly number[],
) {
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
