import { expect, it } from 'vitest';
import { windowWriter } from '../../shared/image/normalise.ts';
import { syntheticField } from '../demo/synthetic/field.ts';
import { loadNativeEngine } from './native-engine.ts';

/** What docs/gpu-engine.md promises of the CPU: the same bits whoever shares the batch, with any threads. */
it('gives a window the same outputs in every batch and with other threads, to the bit', async () => {
  const engine = await loadNativeEngine('compact', { threads: 2 });
  const single = await loadNativeEngine('compact', { threads: 1 });
  const { width, height } = engine.card.window;
  const floats = 3 * width * height;
  const windows = new Float32Array(4 * floats);
  const write = windowWriter(engine.card.normalisation, engine.card.window);
  for (let slot = 0; slot < 4; slot++) {
    write(syntheticField({ width, height, seed: slot + 1 }).raster, windows, slot);
  }
  const datasets = engine.card.datasets.map(({ id }) => id);
  const run = async (slots: readonly number[], on = engine) => {
    const batch = new Float32Array(slots.length * floats);
    for (const [at, slot] of slots.entries()) {
      batch.set(windows.subarray(slot * floats, (slot + 1) * floats), at * floats);
    }
    const outputs = await on.run(batch, slots.length, datasets);
    return slots.map((_, at) =>
      outputs.map(({ logits, points }) => [logits, points].map(part(at))),
    );
    function part(at: number) {
      return (values: Float32Array) => {
        const length = values.length / slots.length;
        return values.slice(at * length, (at + 1) * length);
      };
    }
  };
  const alone = await Promise.all([0, 1, 2, 3].map(async (slot) => (await run([slot]))[0]));
  for (const slots of [
    [0, 1],
    [3, 0, 2],
    [2, 3, 1, 0],
  ]) {
    expect(await run(slots)).toEqual(slots.map((slot) => alone[slot]));
  }
  expect(await run([1, 3], single)).toEqual([alone[1], alone[3]]);
  await engine.close();
  await single.close();
});
