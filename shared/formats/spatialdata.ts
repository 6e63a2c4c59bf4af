/**
 * SpatialData (https://spatialdata.scverse.org) in Zarr 3: a folder, or one zip file of it.
 *
 * @module
 */
import type { Nuclei } from '../nuclei/nuclei.ts';
import type { FolderPiece } from './folder-piece.ts';
import type { ExportHead, FilePart, FormatModule } from './format.ts';
import { SpatialDataStore } from './spatialdata/store.ts';
import { checkExport } from './writing.ts';
import { ZipFile } from './zip-file.ts';

export const write: FormatModule['write'] = (input) => {
  const { nuclei, ...head } = input;
  checkExport(nuclei, head);
  return parts({ ...head, count: nuclei.length }, nuclei);
};

export const pieces: NonNullable<FormatModule['pieces']> = async function* (head, blocks) {
  const store = new SpatialDataStore(head);
  yield* store.description();
  for await (const block of blocks()) {
    checkExport(block, head);
    yield* store.shapes(block);
  }
  yield* store.endShapes();
  for await (const block of blocks()) yield* store.rows(block);
  yield* store.endRows();
};

export const stream: FormatModule['stream'] = async function* (head, blocks) {
  const zip = new ZipFile();
  for await (const piece of pieces(head, blocks)) yield* zip.add([piece]);
  yield* zip.finish();
};

function* parts(head: ExportHead, nuclei: Nuclei): Generator<FilePart> {
  const zip = new ZipFile();
  yield* zip.add(wholePieces(head, nuclei));
  yield* zip.finish();
}

function* wholePieces(head: ExportHead, nuclei: Nuclei): Generator<FolderPiece> {
  const store = new SpatialDataStore(head);
  yield* store.description();
  yield* store.shapes(nuclei);
  yield* store.endShapes();
  yield* store.rows(nuclei);
  yield* store.endRows();
}
