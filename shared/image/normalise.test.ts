import { expect, test } from 'vitest';
import { windowWriter } from './normalise.ts';

const write = windowWriter({ mean: [10, 20, 30], std: [2, 4, 5] }, { width: 2, height: 1 });

test('writes channel by channel into the slot and nowhere else', () => {
  const batch = new Float32Array(18).fill(7);
  write({ width: 2, height: 1, data: Uint8Array.of(12, 24, 35, 0, 255, 30) }, batch, 1);
  expect([...batch]).toEqual([7, 7, 7, 7, 7, 7, 1, -5, 1, 58.75, 1, 0, 7, 7, 7, 7, 7, 7]);
});

test('a raster of another size is unreadable', () => {
  const raster = { width: 1, height: 1, data: Uint8Array.of(1, 2, 3) };
  expect(() => write(raster, new Float32Array(6), 0)).toThrow(
    expect.objectContaining({ code: 'IMAGE_UNREADABLE' }),
  );
});
