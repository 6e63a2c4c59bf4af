/** Our GeoParquet, read by hyparquet. */
import fc from 'fast-check';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { exportInput, nuclei, nucleiOf } from '../../test/support/export-input.ts';
import { consep } from '../datasets/consep.ts';
import { UNKNOWN_CLASS } from '../scoring/labelled-points.ts';
import type { ExportInput } from './format.ts';
import { write } from './parquet.ts';
import * as qupath from './qupath.ts';

const names = consep.classes.map(({ name }) => name);

function fileOf(input: ExportInput): ArrayBuffer {
  const bytes = Buffer.concat([...write(input)]);
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
}

const rowSchema = z.strictObject({
  cell_id: z.uuid(),
  geometry: z.strictObject({
    type: z.literal('Point'),
    coordinates: z.tuple([z.number(), z.number()]),
  }),
  x: z.number(),
  y: z.number(),
  class: z.string().nullable(),
  score: z.number(),
});

/** What the specification (1.1.0) requires of the key `geo`, for points. */
const geoSchema = z.strictObject({
  version: z.literal('1.1.0'),
  primary_column: z.literal('geometry'),
  columns: z.strictObject({
    geometry: z.strictObject({
      encoding: z.literal('WKB'),
      geometry_types: z.tuple([z.literal('Point')]),
      crs: z.null(),
    }),
  }),
});

const metadataOf = (file: ArrayBuffer, key: string): unknown => {
  const { key_value_metadata } = parquetMetadata(file);
  return JSON.parse(key_value_metadata!.find((one) => one.key === key)!.value!);
};

describe('GeoParquet', () => {
  it('has the ids that the GeoJSON for QuPath has, also in a scanned area', async () => {
    const bounds = { x: 40, y: 30, width: 900, height: 900 };
    const plain = exportInput(
      nucleiOf([
        [100, 90.25, 0, 0.5],
        [77.5, 80, UNKNOWN_CLASS, 0.4],
      ]),
    );
    const input = { ...plain, image: { ...plain.image, bounds } };
    const rows = await parquetReadObjects({ file: fileOf(input) });
    const { features } = JSON.parse(Buffer.concat([...qupath.write(input)]).toString());
    expect(rows.map(({ cell_id }) => cell_id)).toEqual(
      features.map(({ id }: { id: string }) => id),
    );
  });

  it('gives every nucleus back as it was', async () => {
    await fc.assert(
      fc.asyncProperty(nuclei, async (nuclei) => {
        const rows = await parquetReadObjects({ file: fileOf(exportInput(nuclei)) });
        const read = z.array(rowSchema).parse(rows);
        expect(read.map(({ cell_id, ...row }) => row)).toEqual(
          Array.from({ length: nuclei.length }, (_, i) => {
            const [x, y] = [nuclei.x[i]!, nuclei.y[i]!];
            const name = names[nuclei.class[i]!] ?? null;
            const geometry = { type: 'Point', coordinates: [x, y] };
            return { geometry, x, y, class: name, score: nuclei.score[i]! };
          }),
        );
      }),
      { numRuns: 30 },
    );
  });

  it('has row groups of 25,000 and what the specification asks of its metadata', async () => {
    const rows = Array.from(
      { length: 60_001 },
      (_, i) => [i / 3, i / 7, i % 4 === 3 ? UNKNOWN_CLASS : i % 4, 0.5] as const,
    );
    const nuclei = nucleiOf(rows);
    const file = fileOf(exportInput(nuclei));
    const { row_groups, schema, created_by } = parquetMetadata(file);
    expect(row_groups.map(({ num_rows }) => Number(num_rows))).toEqual([25_000, 25_000, 10_001]);
    expect(created_by).toBe('unicell-edge');
    // Geometry columns lie at the root, as byte arrays that are required or optional.
    expect(schema[2]).toMatchObject({ name: 'geometry', type: 'BYTE_ARRAY' });
    expect(schema[2]!.repetition_type).toBe('REQUIRED');
    expect(geoSchema.parse(metadataOf(file, 'geo'))).toBeDefined();
    expect(metadataOf(file, 'unicell')).toMatchObject({
      researchUseOnly: true,
      image: { mpp: 0.25 },
      count: 60_001,
    });
    const last = await parquetReadObjects({ file, rowStart: 60_000 });
    expect(last).toMatchObject([{ x: nuclei.x[60_000], y: nuclei.y[60_000], class: names[0] }]);
  });
});
