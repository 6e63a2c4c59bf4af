/**
 * A Parquet file of nuclei that comes out while they go in.
 *
 * @module
 */
import { ByteWriter, ParquetWriter, type SchemaElement } from 'hyparquet-writer';
import { NucleiBuilder } from '../nuclei/builder.ts';
import type { Nuclei } from '../nuclei/nuclei.ts';
import { sliceNuclei } from '../nuclei/select.ts';
import type { ExportHead, FilePart } from './format.ts';
import { idsOf } from './nucleus-ids.ts';
import { fileHeader } from './writing.ts';

/** Nuclei that are held until they are written together. */
const ROW_GROUP = 25_000;
const PART_LENGTH = 1 << 16;
/** Bytes of a point: byte order, type, two doubles (OGC 06-103r4, section 8.2). */
const WKB_POINT = 21;

const required = (name: string, type: 'BYTE_ARRAY' | 'FLOAT' | 'DOUBLE'): SchemaElement => ({
  name,
  type,
  repetition_type: 'REQUIRED',
});
const COLUMNS: SchemaElement[] = [
  { ...required('cell_id', 'BYTE_ARRAY'), converted_type: 'UTF8' },
  required('geometry', 'BYTE_ARRAY'),
  required('x', 'FLOAT'),
  required('y', 'FLOAT'),
  { name: 'class', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' },
  required('score', 'FLOAT'),
];
const RADIUS = required('radius', 'DOUBLE');

/** Section "Metadata" of the specification; pixels have no coordinate reference system. */
const GEO = {
  version: '1.1.0',
  primary_column: 'geometry',
  columns: { geometry: { encoding: 'WKB', geometry_types: ['Point'], crs: null } },
};

/** What pandas makes the index of a frame of: the column that tables of SpatialData refer to. */
const PANDAS = {
  index_columns: ['cell_id'],
  column_indexes: [],
  columns: [
    {
      ...{ name: 'cell_id', field_name: 'cell_id', pandas_type: 'unicode' },
      ...{ numpy_type: 'object', metadata: null },
    },
  ],
  pandas_version: '2.0.0',
};

export interface ParquetFileOptions {
  /** Radius of a circle around each point, in pixels: then they are shapes of SpatialData. */
  readonly radiusPx?: number;
}

export class ParquetFile {
  readonly #names: readonly string[];
  readonly #idOf: ReturnType<typeof idsOf>;
  readonly #radiusPx: number | undefined;
  readonly #bytes = new ByteWriter();
  readonly #file: ParquetWriter;
  readonly #points = new PointColumn();
  #group = new NucleiBuilder();

  constructor(head: ExportHead, { radiusPx }: ParquetFileOptions = {}) {
    this.#names = head.dataset.classes.map(({ name }) => name);
    this.#idOf = idsOf(head);
    this.#radiusPx = radiusPx;
    const columns = radiusPx === undefined ? COLUMNS : [...COLUMNS, RADIUS];
    this.#file = new ParquetWriter({
      writer: this.#bytes,
      schema: [{ name: 'nuclei', num_children: columns.length }, ...columns],
      createdBy: 'unicell-edge',
      kvMetadata: [
        { key: 'geo', value: JSON.stringify(GEO) },
        { key: 'unicell', value: JSON.stringify(fileHeader(head)) },
        ...(radiusPx === undefined ? [] : [{ key: 'pandas', value: JSON.stringify(PANDAS) }]),
      ],
    });
  }

  /** Takes in nuclei; row groups that are full come out. */
  *add(nuclei: Nuclei): Generator<FilePart> {
    for (let start = 0; start < nuclei.length; ) {
      const end = Math.min(nuclei.length, start + ROW_GROUP - this.#group.length);
      const { x, y, class: classes, score, length } = sliceNuclei(nuclei, start, end);
      for (let i = 0; i < length; i++) this.#group.push(x[i]!, y[i]!, classes[i]!, score[i]!);
      start = end;
      if (this.#group.length === ROW_GROUP) yield* this.#writeGroup();
    }
  }

  /** The last row group and the end of the file. */
  *finish(): Generator<FilePart> {
    if (this.#group.length > 0) yield* this.#writeGroup();
    this.#file.finish();
    yield* this.#take();
  }

  *#writeGroup(): Generator<FilePart> {
    const nuclei = this.#group.build();
    const { x, y, class: classes, score, length } = nuclei;
    this.#group = new NucleiBuilder();
    const radius = this.#radiusPx;
    this.#file.write({
      columnData: [
        {
          name: 'cell_id',
          data: Array.from({ length }, (_, row) => this.#idOf(nuclei, row)),
          encoding: 'PLAIN',
          statistics: false,
        },
        // Statistics would keep points, and of bytes they say nothing.
        {
          name: 'geometry',
          data: this.#points.fill(x, y),
          encoding: 'PLAIN',
          statistics: false,
        },
        { name: 'x', data: x, encoding: 'PLAIN' },
        { name: 'y', data: y, encoding: 'PLAIN' },
        { name: 'class', data: Array.from(classes, (k) => this.#names[k] ?? null) },
        { name: 'score', data: score, encoding: 'PLAIN' },
        ...(radius === undefined
          ? []
          : [{ name: 'radius', data: new Float64Array(length).fill(radius) }]),
      ],
      rowGroupSize: length,
    });
    yield* this.#take();
  }

  /** What was written since the last time. */
  *#take(): Generator<FilePart> {
    const bytes = this.#bytes.getBytes();
    for (let at = 0; at < bytes.length; at += PART_LENGTH) {
      yield bytes.slice(at, at + PART_LENGTH);
    }
    this.#bytes.index = 0;
  }
}

/** Points as well-known binary, always in the same bytes: a million small arrays would be memory to collect. */
class PointColumn {
  #view = new DataView(new ArrayBuffer(0));
  #points: Uint8Array[] = [];

  /** The points of a row group, until it is called again. */
  fill(x: Float32Array, y: Float32Array): Uint8Array[] {
    if (x.length > this.#points.length) this.#reserve(x.length);
    for (let i = 0; i < x.length; i++) {
      this.#view.setFloat64(i * WKB_POINT + 5, x[i]!, true);
      this.#view.setFloat64(i * WKB_POINT + 13, y[i]!, true);
    }
    return this.#points.slice(0, x.length);
  }

  #reserve(count: number): void {
    const bytes = new Uint8Array(count * WKB_POINT);
    this.#view = new DataView(bytes.buffer);
    this.#points = Array.from({ length: count }, (_, i) => {
      const at = i * WKB_POINT;
      this.#view.setUint8(at, 1);
      this.#view.setUint32(at + 1, 1, true);
      return bytes.subarray(at, at + WKB_POINT);
    });
  }
}
