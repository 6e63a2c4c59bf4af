/** What holds for every format of the registry. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { textOf } from '../../test/support/text-of.ts';
import { consep } from '../datasets/consep.ts';
import type { Dataset } from '../datasets/dataset.ts';
import type { Nuclei } from '../nuclei/nuclei.ts';
import { UNKNOWN_CLASS } from '../scoring/labelled-points.ts';
import type { ExportInput, ReadableFormat } from './format.ts';
import { FORMATS, findFormat, formatOfFile } from './registry.ts';

/** Bytes of a part at most: it ends with the nucleus that fills it. */
const MAX_PART = 70_000;

const options = { dataset: consep, origin: 'file' };

function table(rows: readonly (readonly [number, number, number, number])[]): Nuclei {
  return {
    length: rows.length,
    x: Float32Array.from(rows, (row) => row[0]),
    y: Float32Array.from(rows, (row) => row[1]),
    class: Uint8Array.from(rows, (row) => row[2]),
    score: Float32Array.from(rows, (row) => row[3]),
  };
}

function input(nuclei: Nuclei, dataset: Dataset = consep): ExportInput {
  return {
    nuclei,
    dataset,
    image: { id: 'slide "7".svs', width: 100_000, height: 100_000, mpp: 0.25 },
    model: { id: 'compact', version: '1.0' },
  };
}

const coordinate = fc.double({ min: 0, max: 250_000, noNaN: true });
const row = fc.tuple(
  coordinate,
  coordinate,
  fc.constantFrom(0, 1, 2, UNKNOWN_CLASS),
  fc.double({ min: 0, max: 1, noNaN: true }),
);

/** Those of any image; `shared/dicom` tests the others. */
const formats = FORMATS.filter(({ needsDicom }) => !needsDicom);

describe.each(formats)('$id', (format) => {
  it('streams the same bytes, wherever blocks end', async () => {
    const { write, stream } = await format.load();
    const cuts = fc.array(fc.nat(40), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(fc.array(row, { maxLength: 40 }), cuts, async (rows, cuts) => {
        const edges = [0, ...cuts.sort((a, b) => a - b), rows.length];
        async function* blocks() {
          for (const [i, edge] of edges.slice(1).entries()) yield table(rows.slice(edges[i], edge));
        }
        const { nuclei, ...head } = input(table(rows));
        const parts: Uint8Array[] = [];
        for await (const part of stream({ ...head, count: rows.length }, blocks)) parts.push(part);
        expect(Buffer.concat(parts)).toEqual(Buffer.concat([...write({ nuclei, ...head })]));
        expect(parts.every(({ length }) => length > 0)).toBe(true);
      }),
    );
  });

  it('streams parts of bounded size, and refuses a bad nucleus in any block', async () => {
    const { stream } = await format.load();
    const good = Array.from({ length: 9000 }, (_, i) => [i / 7, i / 3, i % 3, 0.5] as const);
    const { nuclei: _, ...head } = input(table([]));
    const sizes: number[] = [];
    const drain = async (last: readonly [number, number, number, number]) => {
      async function* blocks() {
        yield table(good);
        yield table([last]);
      }
      for await (const part of stream({ ...head, count: 9001 }, blocks)) sizes.push(part.length);
    };
    await drain([1, 1, 0, 0.5]);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(MAX_PART);
    await expect(drain([1, 1, 7, 0.5])).rejects.toThrow('has class 7; allowed are 0 to 2');
  });

  it('writes parts of bounded size', async () => {
    const { write } = await format.load();
    const rows = Array.from({ length: 20_000 }, (_, i) => [i / 7, i / 3, i % 3, 0.5] as const);
    const lengths = [...write(input(table(rows)))].map((part) => part.length);
    expect(lengths.length).toBeGreaterThan(3);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(MAX_PART);
  });

  it('makes its parts while they are taken', async () => {
    const { write } = await format.load();
    const rows = Array.from({ length: 30_000 }, (_, i) => [i, i, 0, 0.5] as const);
    const nuclei = table(rows);
    const parts = write(input(nuclei))[Symbol.iterator]();
    const first = parts.next().value!;
    expect(first.length).toBeLessThanOrEqual(MAX_PART);
    nuclei.x[29_999] = 77_777.25;
    const rest = Buffer.concat([first, ...{ [Symbol.iterator]: () => parts }]);
    expect(rest.equals(Buffer.concat([...write(input(table(rows)))]))).toBe(false);
    expect(rest.equals(Buffer.concat([...write(input(nuclei))]))).toBe(true);
  });

  it.each([
    [[NaN, 1, 0, 0.5], /^Point 1 of the nuclei of "slide "7".svs" lies at \(NaN, 1\)/],
    [[1, Infinity, 0, 0.5], /lies at \(1, Infinity\)/],
    [[1, 1, 3, 0.5], /has class 3; allowed are 0 to 2/],
    [[1, 1, 0, NaN], /has the score NaN/],
  ] as const)('refuses the nucleus %j before it writes', async (bad, message) => {
    const { write } = await format.load();
    expect(() => write(input(table([[1, 1, 0, 0.5], bad])))).toThrow(message);
  });

  it('is found by its id', () => {
    expect(findFormat(format.id)).toBe(format);
  });
});

const readable = FORMATS.filter(
  (format): format is ReadableFormat => format.loadReader !== undefined,
);

describe.each(readable)('$id, read', (format) => {
  it('gives back the nuclei that were written, rounded', async () => {
    const [{ write }, { read }] = await Promise.all([format.load(), format.loadReader()]);
    fc.assert(
      fc.property(fc.array(row, { maxLength: 40 }).map(table), (nuclei) => {
        const text = textOf(write(input(nuclei)));
        const [back, ...more] = [...read(text, options).values()];
        expect(more).toEqual([]);
        expect(back!.length).toBe(nuclei.length);
        expect(back!.class).toEqual(nuclei.class);
        for (let i = 0; i < nuclei.length; i++) {
          // Beyond 131,072 pixels single precision is coarser than a hundredth.
          const tolerance = 0.00501 + nuclei.x[i]! * 2 ** -24;
          expect(Math.abs(back!.x[i]! - nuclei.x[i]!)).toBeLessThanOrEqual(tolerance);
          expect(Math.abs(back!.y[i]! - nuclei.y[i]!)).toBeLessThanOrEqual(
            0.00501 + nuclei.y[i]! * 2 ** -24,
          );
          expect(Math.abs(back!.score[i]! - nuclei.score[i]!)).toBeLessThanOrEqual(0.00005001);
        }
        expect(textOf(write(input(back!)))).toBe(text);
      }),
    );
  });

  it('keeps names that need quoting', async () => {
    const [{ write }, { read }] = await Promise.all([format.load(), format.loadReader()]);
    const name = 'plasma, "activated"\n\u00e9';
    const dataset: Dataset = {
      ...consep,
      classes: [{ name, label: 'Plasma', colour: '#0072b2', aliases: [] }],
    };
    const text = textOf(write(input(table([[1, 2, 0, 0.9]]), dataset)));
    const [back] = [...read(text, { dataset, origin: 'file' }).values()];
    expect([...back!.class]).toEqual([0]);
  });

  it('writes and reads a picture without nuclei', async () => {
    const [{ write }, { read }] = await Promise.all([format.load(), format.loadReader()]);
    const back = read(textOf(write(input(table([])))), options);
    expect([...back.values()].map(({ length }) => length)).toEqual([0]);
  });

  it('is found by its extension', () => {
    expect(formatOfFile(`A.B.${format.extension.toUpperCase()}`)).toBe(format);
  });
});

it('has an id and an extension for each format', () => {
  for (const key of ['id', 'extension'] as const) {
    expect(new Set(FORMATS.map((format) => format[key])).size).toBe(FORMATS.length);
  }
});

it('refuses formats and extensions that nobody knows', () => {
  expect(() => findFormat('xlsx')).toThrow(
    'The format "xlsx" is not known; there are json, json-columns, csv, qupath',
  );
  expect(() => formatOfFile('points.xlsx')).toThrow(
    'points.xlsx has none of the extensions .json, .columns.json, .csv, .geojson.',
  );
});
