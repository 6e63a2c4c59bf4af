import { readFileSync } from 'node:fs';
import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UniCellError } from '../../../shared/errors.ts';
import { matFile } from '../../../test/support/mat-file.ts';
import { readMat } from './mat5.ts';

/** Written by scipy (test/fixtures/mat/make.py). */
const fixture = (name: string) =>
  readFileSync(new URL(`../../../test/fixtures/mat/${name}.mat`, import.meta.url));

const labels = fixture('labels');
const kinds = fixture('kinds');

const valuesOf = (bytes: Uint8Array, name: string) => [
  ...readMat(bytes, 'a.mat').get(name)!.values(),
];

function refusal(bytes: Uint8Array): string {
  try {
    for (const variable of readMat(bytes, 'a.mat').values()) variable.values();
  } catch (error) {
    if (error instanceof UniCellError && error.code === 'POINTS_INVALID') return error.message;
    throw error;
  }
  return 'read';
}

describe('readMat', () => {
  it('reads what scipy wrote compressed', () => {
    const variables = readMat(labels, 'a.mat');
    expect([...variables].map(([name, { dims }]) => [name, dims])).toEqual([
      ['inst_map', [30, 40]],
      ['inst_type', [3, 1]],
      ['inst_centroid', [3, 2]],
    ]);
    expect(valuesOf(labels, 'inst_type')).toEqual([2, 4, 7]);
    // Column by column: all x, then all y.
    expect(valuesOf(labels, 'inst_centroid')).toEqual([5.25, 20, 39.5, 1.5, 12.75, 29]);
    const map = valuesOf(labels, 'inst_map');
    expect(map).toHaveLength(1200);
    // Row 8, column 5 of 40 is number 325 of rows of 40: the second nucleus.
    expect(map[5 * 30 + 8]).toBe(1);
  });

  it.each([
    ['float64', [1.5, -2.25, 1e300]],
    ['float32', [0.5, -8]],
    ['int8', [-128, 127]],
    ['uint8', [0, 255, 3, 4, 5]],
    ['int16', [-32768, 32767]],
    ['uint16', [65535]],
    ['int32', [-(2 ** 31), 2 ** 31 - 1]],
    ['uint32', [2 ** 32 - 1]],
    ['int64', [-(2 ** 53), 2 ** 53]],
    ['uint64', [2 ** 53]],
    ['logical', [1, 0]],
    ['empty', []],
    ['a_name_of_thirty_one_characters', [7]],
  ])('reads numbers of every type: %s', (name, expected) => {
    expect(valuesOf(kinds, name)).toEqual(expected);
  });

  it('keeps the dimensions of a cube', () => {
    expect(readMat(kinds, 'a.mat').get('cube')!.dims).toEqual([2, 3, 4]);
  });

  it.each([
    ['text', 'char'],
    ['cells', 'cell'],
    ['record', 'struct'],
    ['sparse', 'sparse'],
    ['complex', 'complex double'],
  ])('says what %s is when numbers are asked of it', (name, kind) => {
    expect(() => valuesOf(kinds, name)).toThrow(
      `a.mat: ${name} is a ${kind} array; an array of real numbers is needed.`,
    );
  });

  it('reads both byte orders, compressed or not', () => {
    const numbers = fc.double({ noNaN: true });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(numbers, numbers), { minLength: 1, maxLength: 20 }),
        fc.boolean(),
        fc.boolean(),
        (rows, compress, bigEndian) => {
          const file = matFile({ other: [[1]], rows }, { compress, bigEndian });
          expect(valuesOf(file, 'rows')).toEqual([
            ...rows.map(([x]) => x),
            ...rows.map(([, y]) => y),
          ]);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('refuses version 7.3 and says how to convert it', () => {
    const hdf5 = Buffer.from('\x89HDF\r\n\x1a\n', 'latin1');
    const header = Buffer.alloc(512, ' ');
    header.write('MATLAB 7.3 MAT-file, Platform: GLNXA64');
    for (const bytes of [Buffer.concat([header, hdf5]), hdf5, header]) {
      expect(refusal(bytes)).toMatch(/a\.mat is a MAT-file of version 7\.3 .*'-v7'.*mat73/);
    }
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['text', Buffer.from('version https://git-lfs.github.com/spec/v1\n')],
    ['level 4', Buffer.alloc(300)],
  ])('refuses what is no MAT-file: %s', (_what, bytes) => {
    expect(refusal(bytes)).toMatch(/is not a MAT-file of version 5 to 7/);
  });

  it.each([
    ['compressed', labels],
    ['plain', kinds],
  ])('never reads a wrong number out of a %s file that is cut off', (_what, bytes) => {
    const whole = readMat(bytes, 'a.mat');
    for (let length = 0; length < bytes.length; length++) {
      let variables: ReturnType<typeof readMat>;
      try {
        variables = readMat(bytes.subarray(0, length), 'a.mat');
      } catch (error) {
        expect(error).toBeInstanceOf(UniCellError);
        continue;
      }
      // Cut between two variables, what comes before the cut is right.
      for (const [name, { dims }] of variables) expect(dims).toEqual(whole.get(name)!.dims);
    }
    expect(refusal(bytes.subarray(0, bytes.length - 3))).toMatch(
      /truncated: \d+ bytes are needed at byte \d+ and \d+ are left/,
    );
  });

  it('survives any damage', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(labels, kinds),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 8 }),
        (file, changes) => {
          const bytes = Uint8Array.from(file);
          for (const [at, value] of changes) bytes[at % bytes.length] = value;
          // Any error but a UniCellError gets through.
          refusal(bytes);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('refuses a bomb', () => {
    const packed = deflateSync(Buffer.alloc(257 * 1024 * 1024), { level: 1 });
    const header = matFile({});
    const tag = Buffer.alloc(8);
    tag.writeUInt32LE(15, 0);
    tag.writeUInt32LE(packed.length, 4);
    expect(refusal(Buffer.concat([header, tag, packed]))).toMatch(
      /the variable at byte 128 is larger than 256 MB when it is unpacked/,
    );
  });
});
