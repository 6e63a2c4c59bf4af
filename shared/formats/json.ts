/**
 * JSON with one object per nucleus: `{"image": ..., "model": ..., "dataset": ..., "count": ..., "nuclei":
 * [{"x", "y", "class", "score"}, ...]}`, the class by name, `null` where it is unknown.
 *
 * @module
 */
import type { ExportInput } from './format.ts';
import { PartWriter } from './part-writer.ts';
import {
  COORDINATE_DECIMALS,
  checkExport,
  fileHeader,
  openObject,
  perClass,
  SCORE_DECIMALS,
} from './writing.ts';

export { readJson as read } from './read-json.ts';

/** See `FormatModule.write`. */
export function write(input: ExportInput): Iterable<string> {
  checkExport(input);
  return parts(input);
}

function* parts(input: ExportInput): Generator<string> {
  const { nuclei } = input;
  const out = new PartWriter();
  const encoder = new TextEncoder();
  const [x, y, end] = ['{"x":', ',"y":', '}'].map((text) => encoder.encode(text));
  const separator = encoder.encode(',\n');
  const classMember = perClass(
    input,
    (name) => `,"class":${JSON.stringify(name)},"score":`,
    ',"class":null,"score":',
  );
  out.text(`${openObject(fileHeader(input))}"nuclei":[\n`);
  for (let i = 0; i < nuclei.length; i++) {
    if (i > 0) out.bytes(separator);
    out.bytes(x!);
    out.decimal(nuclei.x[i]!, COORDINATE_DECIMALS);
    out.bytes(y!);
    out.decimal(nuclei.y[i]!, COORDINATE_DECIMALS);
    out.bytes(classMember(nuclei.class[i]!));
    out.decimal(nuclei.score[i]!, SCORE_DECIMALS);
    out.bytes(end!);
    if (out.isFull) yield out.take();
  }
  out.text('\n]}\n');
  yield out.take();
}
