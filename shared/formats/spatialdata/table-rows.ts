/**
 * The columns of a table of nuclei that have a value for each: they come out chunk by chunk while nuclei go in.
 *
 * @module
 */
import { NucleiBuilder } from '../../nuclei/builder.ts';
import type { Nuclei } from '../../nuclei/nuclei.ts';
import { sliceNuclei } from '../../nuclei/select.ts';
import type { FolderPiece } from '../folder-piece.ts';
import type { ExportHead } from '../format.ts';
import { idsOf } from '../nucleus-ids.ts';
import { chunkPiece, columnPiece, textBytes } from './zarr-node.ts';

const CHUNK_ROWS = 25_000;
const NOTHING = new Uint8Array();

export class TableRows {
  readonly #path: string;
  readonly #count: number;
  readonly #classes: number;
  readonly #rows: number;
  readonly #idOf: ReturnType<typeof idsOf>;
  #waiting = new NucleiBuilder();
  #written = 0;

  /** @param path Of the table. */
  constructor(path: string, head: ExportHead) {
    this.#path = path;
    this.#count = head.count;
    this.#classes = head.dataset.classes.length;
    // A chunk is written whole, also where the table ends in it.
    this.#rows = Math.max(1, Math.min(CHUNK_ROWS, head.count));
    this.#idOf = idsOf(head);
  }

  /** What describes the columns. */
  *description(): Generator<FolderPiece> {
    const [shape, chunk] = [[this.#count], [this.#rows]];
    yield columnPiece(`${this.#path}/obs/_index`, 'string', shape, chunk);
    yield columnPiece(`${this.#path}/obs/cell_id`, 'string', shape, chunk);
    // Of one category each: no chunk is written, and 0 stands everywhere.
    yield columnPiece(`${this.#path}/obs/region/codes`, 'int16', shape, chunk);
    yield columnPiece(`${this.#path}/obs/slide/codes`, 'int16', shape, chunk);
    yield columnPiece(`${this.#path}/obs/class/codes`, 'int16', shape, chunk);
    yield columnPiece(`${this.#path}/obs/score`, 'float32', shape, chunk);
    const spatial = `${this.#path}/obsm/spatial`;
    yield columnPiece(spatial, 'float64', [this.#count, 2], [this.#rows, 2]);
  }

  *add(nuclei: Nuclei): Generator<FolderPiece> {
    for (let start = 0; start < nuclei.length; ) {
      const end = Math.min(nuclei.length, start + this.#rows - this.#waiting.length);
      const { x, y, class: classes, score, length } = sliceNuclei(nuclei, start, end);
      for (let i = 0; i < length; i++) this.#waiting.push(x[i]!, y[i]!, classes[i]!, score[i]!);
      start = end;
      if (this.#waiting.length === this.#rows) yield* this.#write();
    }
  }

  *finish(): Generator<FolderPiece> {
    if (this.#waiting.length > 0) yield* this.#write();
  }

  *#write(): Generator<FolderPiece> {
    const nuclei = this.#waiting.build();
    this.#waiting = new NucleiBuilder();
    const place = this.#written++;
    const rows = this.#rows;
    const ids = Array.from({ length: rows }, (_, row) =>
      row < nuclei.length ? this.#idOf(nuclei, row) : NOTHING,
    );
    const texts = textBytes(ids);
    yield chunkPiece(`${this.#path}/obs/_index`, [place], texts);
    yield chunkPiece(`${this.#path}/obs/cell_id`, [place], texts);
    const codes = new DataView(new ArrayBuffer(rows * 2));
    const scores = new DataView(new ArrayBuffer(rows * 4));
    const spatial = new DataView(new ArrayBuffer(rows * 16));
    for (let i = 0; i < nuclei.length; i++) {
      const index = nuclei.class[i]!;
      codes.setInt16(i * 2, index < this.#classes ? index : -1, true);
      scores.setFloat32(i * 4, nuclei.score[i]!, true);
      spatial.setFloat64(i * 16, nuclei.x[i]!, true);
      spatial.setFloat64(i * 16 + 8, nuclei.y[i]!, true);
    }
    yield chunkPiece(`${this.#path}/obs/class/codes`, [place], bytesOf(codes));
    yield chunkPiece(`${this.#path}/obs/score`, [place], bytesOf(scores));
    yield chunkPiece(`${this.#path}/obsm/spatial`, [place, 0], bytesOf(spatial));
  }
}

function bytesOf({ buffer }: DataView): Uint8Array<ArrayBuffer> {
  return new Uint8Array(buffer as ArrayBuffer);
}
