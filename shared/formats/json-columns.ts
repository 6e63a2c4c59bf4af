/**
 * JSON with one array per column: as `json.ts`, but `"nuclei": {"x": [...], "y": [...], "class": [...],
 * "score": [...]}`, the class as an index into `dataset.classes`, `null` where it is unknown.
 *
 * @module
 */
import { UNKNOWN_CLASS } from '../scoring/labelled-points.ts';
import type { ExportInput } from './format.ts';
import { PartWriter } from './part-writer.ts';
import {
  COORDINATE_DECIMALS,
  checkExport,
  fileHeader,
  openObject,
  SCORE_DECIMALS,
} from './writing.ts';

export { readJson as read } from './read-json.ts';

/** See `FormatModule.write`. */
export function write(input: ExportInput): Iterable<string> {
  checkExport(input);
  return parts(input);
}

function* parts(input: ExportInput): Generator<string> {
  const { x, y, class: classes, score } = input.nuclei;
  const out = new PartWriter();
  const comma = new TextEncoder().encode(',');
  function* column(values: ArrayLike<number>, put: (value: number) => void): Generator<string> {
    for (let i = 0; i < values.length; i++) {
      if (i > 0) out.bytes(comma);
      put(values[i]!);
      if (out.isFull) yield out.take();
    }
  }
  const putCoordinate = (px: number) => out.decimal(px, COORDINATE_DECIMALS);
  out.text(`${openObject(fileHeader(input))}"nuclei":{\n"x":[`);
  yield* column(x, putCoordinate);
  out.text('],\n"y":[');
  yield* column(y, putCoordinate);
  out.text('],\n"class":[');
  yield* column(classes, (k) => (k === UNKNOWN_CLASS ? out.text('null') : out.decimal(k, 0)));
  out.text('],\n"score":[');
  yield* column(score, (value) => out.decimal(value, SCORE_DECIMALS));
  out.text(']\n}}\n');
  yield out.take();
}
