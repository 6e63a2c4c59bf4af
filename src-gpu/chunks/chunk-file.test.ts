import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NucleiBuilder } from '../../shared/nuclei/builder.ts';
import type { Nuclei } from '../../shared/nuclei/nuclei.ts';
import { type ChunkContent, ChunkDamaged, decodeChunk, encodeChunk } from './chunk-file.ts';

const frame = {
  planHash: 'a'.repeat(64),
  index: 7,
  core: { x: 100, y: 200, width: 50, height: 40 },
  plane: { width: 150, height: 400 },
  windows: 9,
  datasets: [
    { id: 'consep', classes: 3 },
    { id: 'ocelot', classes: 2 },
  ],
};

type Row = readonly [x: number, y: number, classIndex: number, score: number];

function table(rows: readonly Row[]): Nuclei {
  const builder = new NucleiBuilder();
  for (const row of rows) builder.push(...row);
  return builder.build();
}

const tables = (classes: number) =>
  fc
    .array(
      fc.tuple(
        fc.float({ min: 100, max: 150, noNaN: true }),
        fc.float({ min: 200, max: Math.fround(239.5), noNaN: true }),
        fc.nat(classes - 1),
        fc.float({ min: Math.fround(0.1), max: 1, noNaN: true }),
      ),
      { maxLength: 20 },
    )
    .map(table);
const contents: fc.Arbitrary<ChunkContent> = fc
  .tuple(tables(3), tables(3), tables(2), tables(2), fc.nat(9))
  .map(([decided, open, others, openOthers, saturatedWindows]) => ({
    windows: 9,
    results: [
      { dataset: 'consep', decided, open, saturatedWindows },
      { dataset: 'ocelot', decided: others, open: openOthers, saturatedWindows: 0 },
    ],
  }));
const some: ChunkContent = {
  windows: 9,
  results: [
    {
      dataset: 'consep',
      decided: table([[120.5, 210.25, 2, 0.75]]),
      open: table([[100, 239, 0, 0.5]]),
      saturatedWindows: 1,
    },
    { dataset: 'ocelot', decided: table([]), open: table([]), saturatedWindows: 0 },
  ],
};

describe('a chunk file', () => {
  test('gives back what was written, and equal content gives equal bytes', () => {
    fc.assert(
      fc.property(contents, (content) => {
        const bytes = encodeChunk(frame, content);
        expect(decodeChunk(bytes, frame)).toEqual(content);
        expect(encodeChunk(frame, decodeChunk(bytes, frame))).toEqual(bytes);
      }),
    );
  });

  test('is read wherever it lies in memory', () => {
    const bytes = encodeChunk(frame, some);
    const moved = new Uint8Array(bytes.length + 3);
    moved.set(bytes, 3);
    expect(decodeChunk(moved.subarray(3), frame)).toEqual(some);
  });

  test('with any bytes changed is refused or holds what may be', () => {
    const place = fc.nat(1000);
    fc.assert(
      fc.property(
        contents,
        fc.array(fc.tuple(place, fc.nat(255)), { maxLength: 6 }),
        (content, edits) => {
          const bytes = encodeChunk(frame, content);
          for (const [at, value] of edits) bytes[at % bytes.length] = value;
          try {
            for (const { decided, open } of decodeChunk(bytes, frame).results) {
              for (const { x, y } of [decided, open]) {
                expect(x.every((px) => px >= 100 && px <= 150)).toBe(true);
                expect(y.every((px) => px >= 200 && px < 240)).toBe(true);
              }
            }
          } catch (error) {
            expect(error).toBeInstanceOf(ChunkDamaged);
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  test('cut off anywhere, or continued, is refused', () => {
    const bytes = encodeChunk(frame, some);
    for (let length = 0; length < bytes.length; length++) {
      expect(() => decodeChunk(bytes.subarray(0, length), frame)).toThrow(ChunkDamaged);
    }
    expect(() => decodeChunk(Uint8Array.from([...bytes, 0]), frame)).toThrow(ChunkDamaged);
    expect(() => decodeChunk(crypto.getRandomValues(new Uint8Array(500)), frame)).toThrow(
      'it does not begin as a chunk file does',
    );
  });

  test.each([
    ['another plan', { planHash: 'b'.repeat(64) }, /it is chunk 7 of the plan aaa/],
    ['another chunk', { index: 8 }, /it is chunk 7/],
    ['other windows', { windows: 8 }, /its windows or datasets are not/],
    ['other datasets', { datasets: [frame.datasets[0]!] }, /its windows or datasets are not/],
    ['another place', { core: { x: 0, y: 200, width: 100, height: 40 } }, /its nucleus 0 \(120\.5/],
    ['fewer classes', { datasets: [{ id: 'consep', classes: 2 }, frame.datasets[1]!] }, /class 2/],
  ])('of %s is refused', (_, change, message) => {
    expect(() => decodeChunk(encodeChunk(frame, some), { ...frame, ...change })).toThrow(message);
  });

  test.each([
    ['NaN', [Number.NaN, 210, 0, 0.5]],
    ['infinite', [120, Number.POSITIVE_INFINITY, 0, 0.5]],
    ['negative', [120, -1, 0, 0.5]],
    ['a score of 2', [120, 210, 0, 2]],
    ['no score', [120, 210, 0, Number.NaN]],
  ] as const)('with a nucleus that cannot be (%s) is refused', (_, row) => {
    const [first, second] = some.results;
    const content = { windows: 9, results: [{ ...first!, open: table([row]) }, second!] };
    expect(() => decodeChunk(encodeChunk(frame, content), frame)).toThrow(/nucleus 0 .* cannot be/);
  });
});
