/**
 * Nuclei as a store of SpatialData: circles in `shapes/nuclei`, and a table of AnnData that annotates them.
 *
 * @module
 */
import type { Nuclei } from '../../nuclei/nuclei.ts';
import type { FolderPiece } from '../folder-piece.ts';
import type { ExportHead, FilePart } from '../format.ts';
import { ParquetFile } from '../parquet-file.ts';
import { radiusPx } from '../writing.ts';
import { describeStore, SHAPES, TABLE } from './describe-store.ts';
import { TableRows } from './table-rows.ts';

export class SpatialDataStore {
  readonly #head: ExportHead;
  readonly #shapes: ParquetFile;
  readonly #rows: TableRows;

  constructor(head: ExportHead) {
    this.#head = head;
    this.#shapes = new ParquetFile(head, { radiusPx: radiusPx(head) });
    this.#rows = new TableRows(TABLE, head);
  }

  *description(): Generator<FolderPiece> {
    yield* describeStore(this.#head);
    yield* this.#rows.description();
  }

  /** For all nuclei, and then the end of them, before any row. */
  shapes(nuclei: Nuclei): Generator<FolderPiece> {
    return inShapes(this.#shapes.add(nuclei));
  }

  *endShapes(): Generator<FolderPiece> {
    if (this.#head.count > 0) yield* inShapes(this.#shapes.finish());
  }

  /** For all nuclei once more. */
  rows(nuclei: Nuclei): Generator<FolderPiece> {
    return this.#rows.add(nuclei);
  }

  endRows(): Generator<FolderPiece> {
    return this.#rows.finish();
  }
}

function* inShapes(parts: Iterable<FilePart>): Generator<FolderPiece> {
  for (const bytes of parts) yield { name: `${SHAPES}/shapes.parquet`, bytes };
}
