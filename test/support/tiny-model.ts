/**
 * A model of a few hundred bytes that finds dark squares: enough to run the whole path in milliseconds
 * and to know what must come out. It looks at 64x64 windows in cells of 8x8 pixels; a cell darker than
 * mid-grey is a nucleus at the cell's centre, whose class is its strongest colour. Two datasets: `consep`
 * with three classes and `ocelot` with two, so that the class axis is padded as in a real model.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ModelCard } from '../../shared/engine/card.ts';
import { encodeOnnx } from './onnx.ts';

const cellPx = 8;
const widest = 3;

export interface TinyModelOptions {
  /** Puts the weights of the dataset graph into a file of their own. */
  readonly isExternal?: boolean;
  /** Cells along a side of the window, 8; with more of them a slide takes fewer windows, and less time. */
  readonly cells?: number;
}

/**
 * Writes the model into `folder` and returns its card.
 *
 * Values are normalised to [-1, 1]. Logit of class k = -4 (r + g + b) + 2 channel(k): 12 - 2 for black,
 * -10 for white.
 */
export async function writeTinyModel(
  folder: string,
  change: Partial<ModelCard> = {},
  { isExternal = false, cells = 8 }: TinyModelOptions = {},
): Promise<ModelCard> {
  const windowPx = cells * cellPx;
  const queries = cells * cells;
  const trunk = encodeOnnx({
    inputs: { image: { type: 'float32', shape: ['batch', 3, windowPx, windowPx] } },
    outputs: { cells: { type: 'float32', shape: ['batch', 3, cells, cells] } },
    constants: {},
    nodes: [
      [
        'AveragePool',
        ['image'],
        'cells',
        { kernel_shape: [cellPx, cellPx], strides: [cellPx, cellPx] },
      ],
    ],
  });
  const weights = [0, 1, 2].map((k) => [0, 1, 2].map((channel) => (k === channel ? -2 : -4)));
  const padding = [0, 0, 0];
  const kernels = Float32Array.from([weights, [weights[0]!, weights[1]!, padding]].flat(2));
  const weightsFile = 'dataset.onnx.data';
  const dataset = encodeOnnx({
    inputs: {
      cells: { type: 'float32', shape: ['batch', 3, cells, cells] },
      dataset: { type: 'int64', shape: [1] },
    },
    outputs: {
      logits: { type: 'float32', shape: ['batch', queries, widest] },
      points: { type: 'float32', shape: ['batch', queries, 2] },
    },
    constants: {
      weights: {
        data: kernels,
        shape: [2, widest, 3, 1, 1],
        ...(isExternal ? { file: weightsFile } : {}),
      },
      bias: { data: Float32Array.of(0, 0, 0, 0, 0, -1e4), shape: [2, widest] },
      convShape: { data: BigInt64Array.of(BigInt(widest), 3n, 1n, 1n), shape: [4] },
      rowShape: { data: BigInt64Array.of(0n, BigInt(widest), BigInt(queries)), shape: [3] },
      zero: { data: Float32Array.of(0), shape: [1] },
      centres: { data: cellCentres(cells), shape: [1, queries, 2] },
    },
    nodes: [
      ['Gather', ['weights', 'dataset'], 'chosen'],
      ['Reshape', ['chosen', 'convShape'], 'kernel'],
      ['Conv', ['cells', 'kernel'], 'map'],
      ['Reshape', ['map', 'rowShape'], 'rows'],
      ['Transpose', ['rows'], 'raw', { perm: [0, 2, 1] }],
      ['Gather', ['bias', 'dataset'], 'offset'],
      ['Add', ['raw', 'offset'], 'logits'],
      // The batch axis of the points comes from the features: centres + 0 * max.
      ['ReduceMax', ['raw'], 'highest', { axes: [2], keepdims: 1 }],
      ['Mul', ['highest', 'zero'], 'zeros'],
      ['Add', ['zeros', 'centres'], 'points'],
    ],
  });
  const kernelBytes = new Uint8Array(kernels.buffer);
  const card: ModelCard = {
    schema: 1,
    id: 'tiny',
    version: '1.0.0',
    description: 'Finds dark squares; for tests.',
    researchUseOnly: true,
    licence: { id: 'Apache-2.0', file: 'LICENSE' },
    mpp: 0.5,
    window: { width: windowPx, height: windowPx, haloPx: 8 },
    normalisation: { mean: [127.5, 127.5, 127.5], std: [127.5, 127.5, 127.5] },
    queries,
    variants: {
      fp32: {
        trunk: fileOf('trunk.onnx', trunk),
        dataset: {
          ...fileOf('dataset.onnx', dataset),
          ...(isExternal ? { externalData: fileOf(weightsFile, kernelBytes) } : {}),
        },
      },
    },
    datasets: [
      {
        id: 'consep',
        name: 'CoNSeP',
        classes: ['inflammatory', 'epithelial', 'stromal'],
        threshold: 0.5,
        suppressionRadiusUm: 1,
        matchRadiusUm: 3,
      },
      {
        id: 'ocelot',
        name: 'OCELOT',
        classes: ['background_cell', 'tumor_cell'],
        threshold: 0.5,
        suppressionRadiusUm: 1,
        matchRadiusUm: 3,
      },
    ],
    scores: [],
    training: { data: [], command: 'none' },
    ...change,
  };
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'trunk.onnx'), trunk);
  await writeFile(join(folder, 'dataset.onnx'), dataset);
  if (isExternal) await writeFile(join(folder, weightsFile), kernelBytes);
  await writeFile(join(folder, 'card.json'), JSON.stringify(card));
  return card;
}

function cellCentres(cells: number): Float32Array {
  const centres = new Float32Array(cells * cells * 2);
  for (let query = 0; query < cells * cells; query++) {
    centres[query * 2] = ((query % cells) + 0.5) / cells;
    centres[query * 2 + 1] = (Math.floor(query / cells) + 0.5) / cells;
  }
  return centres;
}

function fileOf(path: string, bytes: Uint8Array) {
  return { path, sha256: createHash('sha256').update(bytes).digest('hex'), bytes: bytes.length };
}
