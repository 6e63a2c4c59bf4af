import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BlockSlices } from './block-slices.ts';
import type { Nuclei } from './nuclei.ts';

/** Blocks of these lengths, in which every nucleus has its row as x. */
function stream(lengths: readonly number[]) {
  const opened = { times: 0, closed: 0 };
  async function* blocks(): AsyncGenerator<Nuclei> {
    opened.times++;
    let row = 0;
    try {
      for (const length of lengths) {
        const x = Float32Array.from({ length }, () => row++);
        yield { length, x, y: x, class: new Uint8Array(length), score: x };
      }
    } finally {
      opened.closed++;
    }
  }
  return { slices: new BlockSlices(blocks), opened };
}

async function rows(part: AsyncIterable<Nuclei>): Promise<number[]> {
  const all: number[] = [];
  for await (const { x, length } of part) {
    expect(length).toBe(x.length);
    expect(length).toBeGreaterThan(0);
    all.push(...x);
  }
  return all;
}

const range = (start: number, end: number) =>
  Array.from({ length: Math.max(0, end - start) }, (_, i) => start + i);
const lengths = fc.array(fc.nat(9), { maxLength: 6 });
const cuts = fc.array(fc.tuple(fc.nat(40), fc.nat(40)), { minLength: 1, maxLength: 5 });

describe('BlockSlices', () => {
  it('gives any slices in any order', async () => {
    await fc.assert(
      fc.asyncProperty(lengths, cuts, async (lengths, cuts) => {
        const total = lengths.reduce((sum, length) => sum + length, 0);
        const { slices } = stream(lengths);
        for (const [start, end] of cuts) {
          expect(await rows(slices.slice(start, end))).toEqual(range(start, Math.min(end, total)));
        }
      }),
    );
  });

  it('reads the stream once for slices one after the other, and closes it', async () => {
    const { slices, opened } = stream([7, 0, 2, 11]);
    for (const [start, end] of [
      [0, 6],
      [6, 12],
      [12, 18],
      [18, 20],
    ] as const) {
      expect(await rows(slices.slice(start, end))).toEqual(range(start, end));
    }
    await slices.close();
    expect(opened).toEqual({ times: 1, closed: 1 });
  });

  it('begins anew after a slice that was not taken to its end', async () => {
    const { slices } = stream([5, 5]);
    for await (const _ of slices.slice(0, 8)) break;
    expect(await rows(slices.slice(0, 8))).toEqual(range(0, 8));
  });
});
