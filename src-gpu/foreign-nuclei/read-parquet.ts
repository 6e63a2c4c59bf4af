/**
 * Nuclei in Parquet, as Xenium, SpatialData, sopa and geopandas write them.
 *
 * @module
 */
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib';
import { type Compressors, parquetMetadata, parquetReadObjects } from 'hyparquet';
import { type ColumnSource, parquetWriteBuffer } from 'hyparquet-writer';
import { UniCellError } from '../../shared/errors.ts';
import { member } from '../../shared/formats/parse-json.ts';
import { centreOf } from '../../shared/formats/read-qupath.ts';
import { type FileUnreadable, readRegular } from '../slides/bytes/regular-file.ts';
import {
  CLASS_COLUMN,
  type ForeignNuclei,
  nameOf,
  roundedScore,
  SCORE_COLUMN,
  type Unit,
} from './foreign-nuclei.ts';
import { findPointColumns } from './point-columns.ts';

/** Columns that name a nucleus; those that are there are kept. */
const IDS = ['cell_id', 'id', 'label', 'instance_id', 'object id', '__index_level_0__'];
/** What Node unpacks; Snappy is in the reader. */
const compressors: Compressors = {
  GZIP: (bytes, length) => gunzipSync(bytes, { maxOutputLength: length }),
  ZSTD: (bytes, length) => zstdDecompressSync(bytes, { maxOutputLength: length }),
  BROTLI: (bytes, length) => brotliDecompressSync(bytes, { maxOutputLength: length }),
};

/** @throws {UniCellError} `SOURCE_NOT_FOUND`; `POINTS_INVALID` naming the row, and as `findPointColumns`. */
export async function readParquet(path: string, unit: Unit | undefined): Promise<ForeignNuclei> {
  const bytes = await readRegular(path).catch((cause: FileUnreadable) => {
    throw new UniCellError(
      'SOURCE_NOT_FOUND',
      `${path} cannot be read (${cause.reason}). Pass the path of a file with nuclei.`,
      { cause },
    );
  });
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
  try {
    return await nucleiOf(path, file, unit);
  } catch (cause) {
    if (cause instanceof UniCellError) throw cause;
    throw new UniCellError(
      'POINTS_INVALID',
      `${path} cannot be read as Parquet (${(cause as Error).message}). Export it again, for instance with pandas or geopandas.`,
      { cause },
    );
  }
}

async function nucleiOf(
  path: string,
  file: ArrayBuffer,
  unit: Unit | undefined,
): Promise<ForeignNuclei> {
  const { schema } = parquetMetadata(file);
  const names = schema.slice(1).map(({ name }) => name);
  const ids = names.filter((name) => IDS.includes(name.toLowerCase()));
  const isGeometry = names.includes('geometry');
  const columns = isGeometry ? undefined : findPointColumns(path, names, unit);
  const wanted = [...ids, ...(columns ? [columns.x, columns.y] : ['geometry'])];
  const rows = await parquetReadObjects({ file, columns: [...new Set(wanted)], compressors });
  const x = new Float64Array(rows.length);
  const y = new Float64Array(rows.length);
  for (const [i, row] of rows.entries()) {
    const centre = columns ? undefined : centreOf(row.geometry);
    x[i] = Number(columns ? (row[columns.x] ?? Number.NaN) : member(centre, '0'));
    y[i] = Number(columns ? (row[columns.y] ?? Number.NaN) : member(centre, '1'));
    if (Number.isFinite(x[i]! + y[i]!)) continue;
    throw new UniCellError(
      'POINTS_INVALID',
      `${path}, row ${i}: its centre is (${x[i]}, ${y[i]}); both must be finite numbers, or the geometry a Point, Polygon or MultiPolygon with an area.`,
    );
  }
  return {
    points: { x, y },
    unit: columns?.unit ?? unit ?? 'px',
    isOfQuPath: false,
    extension: 'parquet',
    write(classes) {
      const kept = ids.map((name): ColumnSource => ({ name, data: rows.map((row) => row[name]) }));
      const length = rows.length;
      const buffer = parquetWriteBuffer({
        columnData: [
          ...kept,
          { name: 'x', data: x, type: 'DOUBLE' },
          { name: 'y', data: y, type: 'DOUBLE' },
          {
            name: CLASS_COLUMN,
            data: Array.from({ length }, (_, row) => nameOf(classes, row) ?? null),
            type: 'STRING',
          },
          {
            name: SCORE_COLUMN,
            data: Array.from({ length }, (_, row) => roundedScore(classes, row)),
            type: 'DOUBLE',
          },
        ],
      });
      return new Uint8Array(buffer);
    },
  };
}
