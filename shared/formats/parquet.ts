/**
 * GeoParquet 1.1: the format for millions of nuclei in tables. Columns `cell_id`, `geometry` (points as WKB), `x`, `y`,
 * `class` and `score`, in row groups of a fixed size; a row group is all that is held.
 *
 * @module
 */
import type { Nuclei } from '../nuclei/nuclei.ts';
import type { ExportHead, FormatModule } from './format.ts';
import { ParquetFile } from './parquet-file.ts';
import { checkExport } from './writing.ts';

export const write: FormatModule['write'] = (input) => {
  const { nuclei, ...head } = input;
  checkExport(nuclei, head);
  return parts({ ...head, count: nuclei.length }, nuclei);
};

export const stream: FormatModule['stream'] = async function* (head, blocks) {
  const file = new ParquetFile(head);
  for await (const block of blocks()) {
    checkExport(block, head);
    yield* file.add(block);
  }
  yield* file.finish();
};

function* parts(head: ExportHead, nuclei: Nuclei) {
  const file = new ParquetFile(head);
  yield* file.add(nuclei);
  yield* file.finish();
}
