import { appendFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tempFolder } from '../../test/support/temp-folder.ts';
import { writeTinyModel } from '../../test/support/tiny-model.ts';
import { loadNativeEngine } from './native-engine.ts';

type OptionsOf<F> = F extends (folder: string, ...options: infer O) => unknown ? O : never;

const folder = tempFolder();
const windowPx = 64;

/** A white window with one black cell at column `i`, row `j` of the 8x8 cells. */
function windowWithCell(i: number, j: number): Float32Array {
  const pixels = new Float32Array(3 * windowPx * windowPx).fill(1);
  for (let channel = 0; channel < 3; channel++) {
    for (let y = 8 * j; y < 8 * (j + 1); y++) {
      const row = (channel * windowPx + y) * windowPx;
      pixels.fill(-1, row + 8 * i, row + 8 * (i + 1));
    }
  }
  return pixels;
}

function load(name: string, ...options: OptionsOf<typeof writeTinyModel>) {
  const model = join(folder, name);
  return writeTinyModel(model, ...options).then(() => loadNativeEngine(model, { threads: 1 }));
}

describe('loadNativeEngine', () => {
  it('answers every dataset asked for, cut to its own classes', async () => {
    const engine = await load('two-datasets');
    const windows = new Float32Array(2 * 3 * windowPx * windowPx);
    windows.set(windowWithCell(2, 1), 0);
    windows.set(windowWithCell(7, 6), 3 * windowPx * windowPx);
    const [ocelot, consep] = await engine.run(windows, 2, ['ocelot', 'consep']);

    expect(ocelot).toMatchObject({ dataset: 'ocelot', queries: 64, classes: 2 });
    expect(consep).toMatchObject({ dataset: 'consep', queries: 64, classes: 3 });
    expect(ocelot!.logits).toHaveLength(2 * 64 * 2);
    expect(consep!.logits).toHaveLength(2 * 64 * 3);
    const second = 64 + 6 * 8 + 7;
    for (const query of [8 + 2, second]) {
      expect([...consep!.logits.slice(query * 3, query * 3 + 3)]).toEqual([10, 10, 10]);
      expect([...ocelot!.logits.slice(query * 2, query * 2 + 2)]).toEqual([10, 10]);
    }
    expect(Math.max(...ocelot!.logits.slice(0, 2 * 10))).toBe(-10);
    expect([...consep!.points.slice(2 * second, 2 * second + 2)]).toEqual([7.5 / 8, 6.5 / 8]);
    await engine.close();
  });

  it('refuses a dataset that the card does not list, naming those it does', async () => {
    const engine = await load('no-lizard');
    await expect(engine.run(windowWithCell(0, 0), 1, ['lizard'])).rejects.toMatchObject({
      code: 'DATASET_NOT_IN_MODEL',
      message: expect.stringContaining('it has consep, ocelot'),
    });
    await engine.close();
  });

  it('refuses a batch that does not hold as many values as it says', async () => {
    const engine = await load('batch');
    await expect(engine.run(windowWithCell(0, 0), 2, ['consep'])).rejects.toMatchObject({
      code: 'INVALID_OPTIONS',
      message: expect.stringContaining('2 x 3 x 64 x 64 = 24576'),
    });
    await engine.close();
  });

  it('refuses outputs whose shape is not the card’s', async () => {
    const engine = await load('queries', { queries: 63 });
    await expect(engine.run(windowWithCell(0, 0), 1, ['consep'])).rejects.toMatchObject({
      code: 'MODEL_OUTPUT_INVALID',
      message: expect.stringContaining('[1, 64, 3]'),
    });
    await engine.close();
  });

  it('refuses a dataset with more classes than the graph has logits', async () => {
    const classes = ['a', 'b', 'c', 'd'];
    const { datasets } = await writeTinyModel(join(folder, 'card'));
    const engine = await load('classes', { datasets: [{ ...datasets[0]!, classes }] });
    await expect(engine.run(windowWithCell(0, 0), 1, ['consep'])).rejects.toMatchObject({
      code: 'MODEL_OUTPUT_INVALID',
      message: expect.stringContaining('gives 3 logits per query, but its card lists 4 classes'),
    });
    await engine.close();
  });

  it('refuses a graph file that is not the one the card describes', async () => {
    const model = join(folder, 'damaged');
    await writeTinyModel(model);
    await appendFile(join(model, 'dataset.onnx'), ' ');
    await expect(loadNativeEngine(model)).rejects.toMatchObject({
      code: 'CARD_MISMATCH',
      message: expect.stringMatching(
        /dataset\.onnx has sha256 [0-9a-f]{64} .* its card says [0-9a-f]{64}/,
      ),
    });
  });

  it('loads weights that lie beside a graph, and refuses others', async () => {
    const engine = await load('external', {}, { isExternal: true });
    const [consep] = await engine.run(windowWithCell(2, 1), 1, ['consep']);
    expect([...consep!.logits.slice(30, 33)]).toEqual([10, 10, 10]);
    await engine.close();
    await appendFile(join(folder, 'external', 'dataset.onnx.data'), ' ');
    await expect(loadNativeEngine(join(folder, 'external'))).rejects.toMatchObject({
      code: 'CARD_MISMATCH',
      message: expect.stringMatching(/dataset\.onnx\.data has sha256/),
    });
    await rm(join(folder, 'external', 'dataset.onnx.data'));
    await expect(loadNativeEngine(join(folder, 'external'))).rejects.toMatchObject({
      code: 'MODEL_NOT_FOUND',
      message: expect.stringContaining('lists dataset.onnx.data'),
    });
  });

  it('refuses windows of another size unless the card says that any will do', async () => {
    const engine = await load('size');
    const small = new Float32Array(3 * 32 * 16);
    const size = { width: 32, height: 16 };
    await expect(engine.run(small, 1, ['consep'], size)).rejects.toMatchObject({
      code: 'INVALID_OPTIONS',
      message: expect.stringContaining('are 32 x 16; model tiny takes 64 x 64 only'),
    });
    await engine.close();
  });

  it('refuses trunk and dataset graphs that do not fit each other', async () => {
    const model = join(folder, 'swapped');
    const card = await writeTinyModel(model);
    const { trunk, dataset } = card.variants.fp32!;
    await writeTinyModel(model, { variants: { fp32: { trunk: dataset, dataset: trunk } } });
    await expect(loadNativeEngine(model)).rejects.toMatchObject({
      code: 'CARD_MISMATCH',
      message: expect.stringContaining('image is missing'),
    });
  });

  it('refuses a precision that the card does not list', async () => {
    const model = join(folder, 'precision');
    await writeTinyModel(model);
    await expect(loadNativeEngine(model, { precision: 'int8' })).rejects.toMatchObject({
      code: 'MODEL_NOT_FOUND',
      message: expect.stringContaining('its card lists fp32'),
    });
  });

  it('holds no memory from run to run', async () => {
    const engine = await load('memory');
    const batch = 64;
    const windows = new Float32Array(batch * 3 * windowPx * windowPx);
    const rssAfter = async (runs: number) => {
      for (let i = 0; i < runs; i++) await engine.run(windows, batch, ['consep', 'ocelot']);
      return process.memoryUsage().rss;
    };
    const warm = await rssAfter(300);
    // 300 further runs make 300 x 64 x (3 + 2 * 5) x 64 floats = 64 MB of outputs; kept, they would show.
    expect((await rssAfter(300)) - warm).toBeLessThan(32e6);
    await engine.close();
  });
});
