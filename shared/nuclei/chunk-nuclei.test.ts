import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ownsCentre } from '../tiling/ownership.ts';
import { planChunks } from '../tiling/plan-chunks.ts';
import { planWindows } from '../tiling/plan-windows.ts';
import { NucleiBuilder } from './builder.ts';
import { type ChunkNuclei, joinChunks, settleOpen } from './chunk-nuclei.ts';
import { NucleiMerger } from './merge.ts';
import type { Nuclei } from './nuclei.ts';

const level = { width: 120, height: 90 };
const windows = planWindows(level, { width: 20, height: 16, haloPx: 4 });
const image = { width: 301, height: 222 };
const scale = { x: image.width / level.width, y: image.height / level.height };

type Row = readonly [x: number, y: number, classIndex: number, score: number];

function table(rows: readonly Row[]): Nuclei {
  const builder = new NucleiBuilder();
  for (const row of rows) {
    builder.push(...row);
  }
  return builder.build();
}

const owned = (core: Parameters<typeof ownsCentre>[0], rows: readonly Row[]) =>
  table(rows.filter(([x, y]) => ownsCentre(core, level, Math.fround(x), Math.fround(y))));

function whole(rows: readonly Row[], radiusPx: number): Nuclei {
  const merger = new NucleiMerger(level, radiusPx);
  for (const { core } of windows) {
    merger.add(core, owned(core, rows));
  }
  return merger.finish(image);
}

function inChunks(rows: readonly Row[], radiusPx: number, chunkPx: number): ChunkNuclei[] {
  const chunks = planChunks(windows, chunkPx);
  return [...chunks].map((chunk) => {
    const merger = new NucleiMerger(level, radiusPx);
    for (const { core } of chunks.windowsOf(chunk)) {
      merger.add(core, owned(core, rows));
    }
    return merger.finishChunk(chunk.core);
  });
}

function joined(chunks: readonly ChunkNuclei[], radiusPx: number): Nuclei {
  const survives = settleOpen(
    chunks.map(({ open }) => open),
    radiusPx,
  );
  return joinChunks(chunks, survives, scale);
}

/** On a grid, so that points lie on borders, at equal distances and on one another; or anywhere. */
const coordinate = (max: number) =>
  fc.oneof(
    fc.integer({ min: 0, max: 2 * max }).map((half) => half / 2),
    fc.double({ min: 0, max, noNaN: true }),
  );
const row = fc.tuple(
  coordinate(level.width),
  coordinate(level.height),
  fc.integer({ min: 0, max: 3 }),
  fc.constantFrom(0.5, 0.625, 0.75),
);
const cases = fc.record({
  rows: fc.array(row, { maxLength: 600, size: 'max' }),
  radiusPx: fc.constantFrom(0, 0.5, 1.5, 3, 6),
  chunkPx: fc.integer({ min: 1, max: 130 }),
});

describe('chunks', () => {
  test('any chunks of any points give what one merger gives', () => {
    fc.assert(
      fc.property(cases, ({ rows, radiusPx, chunkPx }) => {
        const result = joined(inChunks(rows, radiusPx, chunkPx), radiusPx);
        expect(result).toEqual(whole(rows, radiusPx));
      }),
      { numRuns: 200 },
    );
  });

  test('their order does not matter', () => {
    fc.assert(
      fc.property(cases, fc.nat(), ({ rows, radiusPx, chunkPx }, turn) => {
        const chunks = inChunks(rows, radiusPx, chunkPx);
        const at = turn % chunks.length;
        const turned = [...chunks.slice(at), ...chunks.slice(0, at)].reverse();
        expect(joined(turned, radiusPx)).toEqual(joined(chunks, radiusPx));
      }),
      { numRuns: 50 },
    );
  });

  test('a row of chunks after the other is the reading order of the whole', () => {
    fc.assert(
      fc.property(cases, ({ rows, radiusPx, chunkPx }) => {
        const plan = planChunks(windows, chunkPx);
        const chunks = inChunks(rows, radiusPx, chunkPx);
        const survives = settleOpen(
          chunks.map(({ open }) => open),
          radiusPx,
        );
        const y: number[] = [];
        for (let start = 0; start < plan.count; start += plan.columns) {
          const of = <T>(list: readonly T[]) => list.slice(start, start + plan.columns);
          y.push(...joinChunks(of(chunks), of(survives), scale).y);
        }
        expect(y).toEqual([...joined(chunks, radiusPx).y]);
      }),
      { numRuns: 50 },
    );
  });

  test('what lies far from the border of its chunk is decided in it', () => {
    const chunks = planChunks(windows, 60);
    const edge = chunks.at(0).core.width;
    const seam = windows.at(1).core.x;
    const [first] = inChunks(
      [
        [seam - 0.5, 5, 0, 0.6],
        [seam + 0.5, 5, 0, 0.7],
        [edge - 4, 5, 0, 0.5],
        [edge - 2, 5, 0, 0.5],
      ],
      3,
      60,
    );
    expect([...first!.decided.x]).toEqual([seam + 0.5, edge - 4]);
    expect([...first!.open.x]).toEqual([edge - 2]);
  });
});
