import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { derivation, slideMetadata } from '../../../test/support/dicom-head.ts';
import { errorsOf, hasValidator, readDicom, readGroups } from '../../../test/support/read-dicom.ts';
import { tempFolder } from '../../../test/support/temp-folder.ts';
import { lizard } from '../../datasets/lizard.ts';
import type { DicomJson } from '../../dicom/dicom-json.ts';
import { itemsOf, numbersOf, textOf } from '../../dicom/dicom-json.ts';
import type { Nuclei } from '../../nuclei/nuclei.ts';
import { UNKNOWN_CLASS } from '../../scoring/labelled-points.ts';
import type { ExportInput } from '../format.ts';
import { findFormat } from '../registry.ts';

const folder = tempFolder();
const canValidate = hasValidator();
const slide = slideMetadata(4000, 3000);

type Row = readonly [x: number, y: number, cls: number, score: number];

function table(rows: readonly Row[]): Nuclei {
  return {
    length: rows.length,
    x: Float32Array.from(rows, (row) => row[0]),
    y: Float32Array.from(rows, (row) => row[1]),
    class: Uint8Array.from(rows, (row) => row[2]),
    score: Float32Array.from(rows, (row) => row[3]),
  };
}

function input(rows: readonly Row[], more: Partial<ExportInput> = {}): ExportInput {
  return {
    nuclei: table(rows),
    dataset: lizard,
    image: { id: 'a', width: 4000, height: 3000, mpp: 0.25 },
    model: { id: 'tiny', version: '1.0' },
    dicom: derivation(slide),
    ...more,
  };
}

async function write(format: string, of: ExportInput): Promise<Uint8Array> {
  const { write } = await findFormat(format).load();
  return Buffer.concat([...write(of)]);
}

const rows: Row[] = [
  [10.25, 20.5, 2, 0.75],
  [0, 0, 2, 0.5],
  [3999.5, 2999, 5, 1],
];

describe('DICOM annotations', () => {
  it('say where nuclei lie on the glass, how sure the model is, and what they are', async () => {
    const data = readDicom(await write('dicom-ann', input(rows)));
    const [lymphocytes, connective, ...others] = readGroups(data);
    expect(others).toEqual([]);
    expect(lymphocytes).toMatchObject({ label: 'Lymphocyte', count: 2 });
    expect([...lymphocytes!.scores]).toEqual([0.75, 0.5]);
    // The first pixel's centre lies at (20, 40); rows run down x and columns down y, 0.25 and 0.2 um apart.
    const at = (column: number, row: number) => [
      20 - 0.00025 * (row - 0.5),
      40 - 0.0002 * (column - 0.5),
    ];
    const close = (numbers: number[]) => numbers.map((number) => expect.closeTo(number, 9));
    expect([...lymphocytes!.coordinates]).toEqual(close([...at(10.25, 20.5), ...at(0, 0)]));
    expect([...connective!.coordinates]).toEqual(close(at(3999.5, 2999)));
    const codeOf = (group: DicomJson, tag: string) => {
      const [item] = itemsOf(group, tag);
      return [textOf(item, '00080100'), textOf(item, '00080102'), textOf(item, '00080104')];
    };
    const { attributes } = lymphocytes!;
    expect(codeOf(attributes, '00082228')).toEqual(['56972008', 'SCT', 'Lymphocyte']);
    expect(codeOf(attributes, '006A000A')).toEqual(['84640000', 'SCT', 'Nucleus']);
    expect(textOf(data, '006A0001')).toBe('3D');
    expect(textOf(data, '00200052')).toBe('2.25.14');
  });

  it('may count pixels instead', async () => {
    const data = readDicom(await write('dicom-ann-2d', input(rows)));
    expect([...readGroups(data)[0]!.coordinates]).toEqual([10.25, 20.5, 0, 0]);
    expect(textOf(data, '006A0001')).toBe('2D');
    expect(textOf(data, '00480301')).toBe('VOLUME');
    expect(textOf(data, '00200052')).toBeUndefined();
  });

  it('hold every nucleus, class by class, in their order', async () => {
    const row = fc.tuple(
      fc.float({ min: 0, max: 4000, noNaN: true }),
      fc.float({ min: 0, max: 3000, noNaN: true }),
      fc.constantFrom(0, 1, 5, UNKNOWN_CLASS),
      fc.float({ min: 0, max: 1, noNaN: true }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 60 }), async (rows) => {
        const groups = readGroups(readDicom(await write('dicom-ann-2d', input(rows))));
        const classes = [...new Set(rows.map(([, , cls]) => cls))].sort((a, b) => a - b);
        expect(groups.map(({ attributes }) => numbersOf(attributes, '0040A180')[0])).toEqual(
          classes.map((_, i) => i + 1),
        );
        for (const [i, cls] of classes.entries()) {
          const own = rows.filter((one) => one[2] === cls);
          expect([...groups[i]!.coordinates]).toEqual(own.flatMap((one) => one.slice(0, 2)));
          expect([...groups[i]!.scores]).toEqual(own.map(([, , , score]) => score));
        }
      }),
      { numRuns: 30 },
    );
  });

  it.each(['dicom-ann', 'dicom-ann-2d', 'dicom-sr'])(
    'stream the same bytes as %s, wherever blocks end',
    async (format) => {
      const { write, stream } = await findFormat(format).load();
      const row = fc.tuple(fc.nat(3999), fc.nat(2999), fc.constantFrom(1, 4, 5), fc.constant(0.5));
      const cuts = fc.array(fc.nat(40), { maxLength: 6 });
      await fc.assert(
        fc.asyncProperty(fc.array(row, { maxLength: 40 }), cuts, async (rows, cuts) => {
          const edges = [0, ...cuts.sort((a, b) => a - b), rows.length];
          async function* blocks() {
            for (const [i, edge] of edges.slice(1).entries()) {
              yield table(rows.slice(edges[i], edge));
            }
          }
          const { nuclei, ...head } = input(rows);
          const parts: Uint8Array[] = [];
          for await (const part of stream({ ...head, count: rows.length }, blocks))
            parts.push(part);
          expect(Buffer.concat(parts)).toEqual(Buffer.concat([...write({ nuclei, ...head })]));
          expect(parts.every(({ length }) => length > 0)).toBe(true);
        }),
        { numRuns: 40 },
      );
    },
  );

  it('come in parts of a bounded size', async () => {
    const many = Array.from({ length: 50_000 }, (_, i): Row => [i % 4000, i % 3000, i % 2, 0.5]);
    const { write } = await findFormat('dicom-ann').load();
    const sizes = Array.from(write(input(many)), ({ length }) => length);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(70_000);
    expect(sizes.length).toBeGreaterThan(15);
  });

  it('repeat the patient, the study and the specimen, and nothing that is not on the list', async () => {
    const secret = { '00081010': { vr: 'SH', Value: ['SCANNER-7'] } };
    const data = readDicom(
      await write('dicom-ann', input(rows, { dicom: derivation({ ...slide, ...secret }) })),
    );
    expect(textOf(data, '00100010')).toBe('Weiß^Zoë');
    expect(textOf(data, '00100020')).toBe('UNICELL-0001');
    expect(textOf(data, '0020000D')).toBe('2.25.12');
    expect(textOf(data, '00400512')).toBe('GLASS-17-4-A');
    expect(data['00081010']).toBeUndefined();
    const [series] = itemsOf(data, '00081115');
    expect(textOf(series, '0020000E')).toBe('2.25.13');
    expect(textOf(itemsOf(series, '0008114A')[0], '00081155')).toBe('2.25.11');
  });

  it('have the same UIDs for the same result, and others for another', async () => {
    const uids = async (format: string, more: Partial<ExportInput> = {}) => {
      const data = readDicom(await write(format, input(rows, more)));
      return [
        textOf(data, '00080018'),
        ...readGroups(data).map((g) => textOf(g.attributes, '006A0003')),
      ];
    };
    const first = await uids('dicom-ann');
    expect(await uids('dicom-ann', { dicom: derivation(slide, { date: '20270101' }) })).toEqual(
      first,
    );
    expect(first.every((uid) => /^2\.25\.[1-9]\d{30,38}$/.test(uid!))).toBe(true);
    const others = [
      await uids('dicom-ann-2d'),
      await uids('dicom-ann', { dicom: derivation(slide, { identity: 'another' }) }),
    ];
    expect(new Set([first, ...others].flat()).size).toBe(9);
  });

  it.skipIf(!canValidate)('pass the validator', async () => {
    expect(errorsOf(await write('dicom-ann', input(rows)), folder)).toEqual([]);
    // Its rule of 2022 complains of an attribute that is not in the file.
    const errors = errorsOf(await write('dicom-ann-2d', input(rows)), folder);
    expect(errors.filter((line) => !line.includes('<CommonZCoordinateValue> = <>'))).toEqual([]);
  });

  it('are refused for a picture that is no DICOM slide, or does not say where it lies', async () => {
    const { dicom: _, ...plain } = input(rows);
    await expect(write('dicom-ann', plain)).rejects.toMatchObject({ code: 'INVALID_OPTIONS' });
    const { '00200052': __, ...nowhere } = slide;
    await expect(
      write('dicom-ann', input(rows, { dicom: derivation(nowhere) })),
    ).rejects.toMatchObject({
      code: 'INVALID_OPTIONS',
      message: expect.stringMatching(/FrameOfReferenceUID.*dicom-ann-2d/),
    });
    const other = slideMetadata(4001, 3000);
    await expect(
      write('dicom-ann-2d', input(rows, { dicom: derivation(other) })),
    ).rejects.toMatchObject({ code: 'INVALID_OPTIONS' });
  });
});
